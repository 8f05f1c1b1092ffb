import { groupBy, rowMajorStrides, type Shape } from "../../../graph/mod.ts";

/**
 * A number (a scale variable, or a scale node) for each element of a tensor. Along axes
 * where it does not change it is stored once, so that `shape` has the tensor's rank and
 * each size is the tensor's or 1.
 */
export interface ScaleMap {
  /** The tensor's shape, with 1 for axes along which nothing changes. */
  readonly shape: Shape;
  /** One number for each position of `shape`, row-major. */
  readonly ids: readonly number[];
}

/** The same number everywhere. */
export function uniformMap(rank: number, id: number): ScaleMap {
  return { shape: new Array<number>(rank).fill(1), ids: [id] };
}

/** Whether the number depends on the position along this axis. */
export function variesAlong(map: ScaleMap, axis: number): boolean {
  return map.shape[axis]! > 1;
}

/** Builds a map from the number at each position of `shape`, stored as small as it can be. */
export function buildMap(shape: Shape, idAt: (position: readonly number[]) => number): ScaleMap {
  return compress({ shape, ids: positionsOf(shape).map(idAt) });
}

/** All positions of a shape in row-major order. */
export function positionsOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (positions, size) =>
      positions.flatMap((position) => Array.from({ length: size }, (_, i) => [...position, i])),
    [[]],
  );
}

/** The index of the number at a position of the tensor. */
export function elementAt({ shape }: ScaleMap, position: readonly number[]): number {
  const strides = rowMajorStrides(shape);
  return shape.reduce((sum, size, i) => sum + (size > 1 ? position[i]! * strides[i]! : 0), 0);
}

/** The number at a position of the tensor. */
export function idAt(map: ScaleMap, position: readonly number[]): number {
  return map.ids[elementAt(map, position)]!;
}

/** For each element of a tensor of this shape, row-major, the index of its number in the map. */
export function elementNumbers(map: ScaleMap, shape: Shape): Int32Array {
  const strides = rowMajorStrides(map.shape);
  let numbers = Int32Array.of(0);
  for (const [axis, size] of shape.entries()) {
    const stride = variesAlong(map, axis) ? strides[axis]! : 0;
    const next = new Int32Array(numbers.length * size);
    numbers.forEach((number, i) => {
      for (let k = 0; k < size; k++) next[i * size + k] = number + k * stride;
    });
    numbers = next;
  }
  return numbers;
}

const elementLists = new WeakMap<ScaleMap, ReadonlyMap<number, readonly number[]>>();

/** The elements of a map by the number at them. */
export function elementsById(map: ScaleMap): ReadonlyMap<number, readonly number[]> {
  const known = elementLists.get(map);
  if (known) return known;
  const lists = groupBy(map.ids.keys(), (element) => map.ids[element]!);
  elementLists.set(map, lists);
  return lists;
}

/** The smallest shape along which all of these maps can be read together. */
export function commonShape(maps: readonly ScaleMap[]): Shape {
  return maps[0]!.shape.map((_, axis) => Math.max(...maps.map(({ shape }) => shape[axis]!)));
}

/** The same map with the sizes of `shape` written out. */
export function expandMap(map: ScaleMap, shape: Shape): ScaleMap {
  return { shape, ids: positionsOf(shape).map((position) => idAt(map, position)) };
}

/** Stores axes along which nothing changes once. */
function compress(map: ScaleMap): ScaleMap {
  let current = map;
  for (const axis of map.shape.keys()) {
    const { shape, ids } = current;
    if (shape[axis] === 1) continue;
    const step = rowMajorStrides(shape)[axis]!;
    const same = ids.every((id, i) =>
      Math.floor(i / step) % shape[axis]! === 0 || id === ids[i - step]
    );
    if (!same) continue;
    const kept = shape.with(axis, 1);
    current = {
      shape: kept,
      ids: ids.filter((_, i) => Math.floor(i / step) % shape[axis]! === 0),
    };
  }
  return current;
}

/** What `reshape` from one shape to another does to the map. */
export function reshapeMap(map: ScaleMap, from: Shape, to: Shape): ScaleMap {
  const shape: number[] = [];
  const written: number[] = [];
  for (const { fromAxes, toAxes } of matchingAxes(from, to)) {
    const varies = fromAxes.some((axis) => variesAlong(map, axis));
    written.push(...fromAxes.map((axis) => varies ? from[axis]! : 1));
    shape.push(...toAxes.map((axis) => varies ? to[axis]! : 1));
  }
  return compress({ shape, ids: expandMap(map, written).ids });
}

/** Runs of axes of both shapes, in order, that hold the same elements. */
export function matchingAxes(
  from: Shape,
  to: Shape,
): { fromAxes: number[]; toAxes: number[] }[] {
  const blocks: { fromAxes: number[]; toAxes: number[] }[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const block = { fromAxes: [] as number[], toAxes: [] as number[] };
    let [left, right] = [1, 1];
    do {
      const takeLeft = i < from.length && (left <= right || j >= to.length);
      if (takeLeft) left *= from[block.fromAxes[block.fromAxes.push(i++) - 1]!]!;
      else right *= to[block.toAxes[block.toAxes.push(j++) - 1]!]!;
    } while (left !== right && (i < from.length || j < to.length));
    blocks.push(block);
  }
  return blocks;
}

/** What `permute` does to the map. */
export function permuteMap(map: ScaleMap, order: readonly number[]): ScaleMap {
  const shape = order.map((axis) => map.shape[axis]!);
  return {
    shape,
    ids: positionsOf(shape).map((position) =>
      idAt(map, order.map((_, axis) => position[order.indexOf(axis)]!))
    ),
  };
}

/** What `broadcastTo` does to the map: new leading axes, along which nothing changes. */
export function broadcastMap(map: ScaleMap, rank: number): ScaleMap {
  return {
    shape: [...new Array<number>(rank - map.shape.length).fill(1), ...map.shape],
    ids: map.ids,
  };
}

/** The map without axes along which nothing changes. */
export function dropAxes(map: ScaleMap, axes: readonly number[]): ScaleMap {
  return { shape: map.shape.filter((_, axis) => !axes.includes(axis)), ids: map.ids };
}

/** What joining tensors along an axis does to their maps; `sizes` are theirs there. */
export function concatMaps(
  maps: readonly ScaleMap[],
  sizes: readonly number[],
  axis: number,
): ScaleMap {
  const others = commonShape(maps).with(axis, 1);
  const owners = sizes.flatMap((size, input) => Array.from({ length: size }, (_, i) => [input, i]));
  return buildMap(others.with(axis, owners.length), (position) => {
    const [input, local] = owners[position[axis]!]!;
    return idAt(maps[input!]!, position.with(axis, local!));
  });
}
