import { attrsOf, is, type Node } from "../node.ts";
import { reshape } from "../ops/broadcast.ts";
import { permute } from "../ops/views.ts";
import {
  linearIndex,
  type Load,
  positionOf,
  s,
  type Scalar,
  scalarRewriter,
  strideAlong,
} from "../scalar/mod.ts";
import { elementCount, sameShape, type Shape } from "../types.ts";
import { type Draft, draftLoads, draftStores, mapDraft, wholeSpace } from "./draft.ts";

/**
 * Reorders the axes of a map, which may be in any order, so that its space is `space`, the axes of
 * `rows`, and both access a shared value in the same order. `undefined` if there is no such order.
 */
export function alignTo(space: Shape, map: Draft, rows: Draft): Draft | undefined {
  if (map.outer.length !== space.length) return undefined;
  const shared = accesses(rows);
  for (const [node, strides] of accesses(map)) {
    const wanted = shared.get(node);
    const order = wanted && matchAxes(map.outer, strides, space, wanted);
    if (order) return reorder(map, order, space);
  }
  return sameShape(map.outer, space) ? map : undefined;
}

/** A map, which has no axes of size one, with the axes of a contraction, which keeps them. */
export function alignToContraction(map: Draft, space: Shape): Draft | undefined {
  const kept = space.flatMap((size, axis) => size === 1 ? [] : [axis]);
  const fits = sameShape(map.outer, kept.map((axis) => space[axis]!));
  return fits ? reorder(map, kept, space) : undefined;
}

/**
 * A map with the axes of a contraction that has as many elements, each computing what was at the
 * same row-major position.
 */
export function unfoldToContraction(map: Draft, space: Shape): Draft | undefined {
  if (elementCount(map.outer) !== elementCount(space)) return undefined;
  const position = linearIndex(space.map((size, axis) => s.axis(axis, size)), space);
  const coords = positionOf(position, map.outer);
  const rewrite = scalarRewriter((leaf) => leaf.op === "axis" ? coords[leaf.axis] : undefined);
  return { ...mapDraft(map, rewrite), outer: space };
}

/**
 * A map that only copies a permuted or reshaped result of a contraction, with the axes of the
 * contraction. `undefined` if it does more, or if elements of a row would no longer be adjacent.
 */
export function copyByContraction(map: Draft, { outer, outerStores }: Draft): Draft | undefined {
  const [copy, ...others] = map.outerStores;
  if (!copy || others.length > 0 || copy.value.op !== "load") return undefined;
  const result = outerStores.find(({ target }) => target === (copy.value as Load).source)?.target;
  const coords = outer.map((size, axis) => s.axis(axis, size));
  const moved = result && movedBy(copy.target, result, coords);
  if (!moved) return undefined;
  const index = linearIndex(moved, copy.target.type.shape);
  if (strideAlong(index, outer.length - 1) !== 1) return undefined;
  const value: Scalar = { ...copy.value, index: linearIndex(coords, result.type.shape) };
  return { ...map, outer, outerStores: [{ target: copy.target, index, value }] };
}

/** Where the element of `base` at `coords` is in a view that has each of its elements once. */
function movedBy(view: Node, base: Node, coords: readonly Scalar[]): readonly Scalar[] | undefined {
  if (view === base) return coords;
  const order = attrsOf(view, permute)?.order;
  if (!order && !is(view, reshape)) return undefined;
  const [input] = view.inputs as readonly [Node];
  const before = movedBy(input, base, coords);
  if (!before || order) return before && order!.map((axis) => before[axis]!);
  return positionOf(linearIndex(before, input.type.shape), view.type.shape);
}

const knownAccesses = new WeakMap<Draft, ReadonlyMap<Node, readonly number[]>>();

/** The strides along each axis of every value that varies along all axes. */
function accesses(draft: Draft): ReadonlyMap<Node, readonly number[]> {
  const known = knownAccesses.get(draft);
  if (known) return known;
  const found = new Map<Node, readonly number[]>();
  const space = wholeSpace(draft);
  const note = (node: Node, index: Scalar): void => {
    const strides = stridesOf(index, space.length);
    if (strides.every((stride) => stride !== 0)) found.set(node, strides);
  };
  draftLoads(draft).forEach(({ source, index }) => note(source, index));
  draftStores(draft).forEach(({ target, index }) => note(target, index));
  knownAccesses.set(draft, found);
  return found;
}

const knownStrides = new WeakMap<Scalar, readonly number[]>();

/** The strides of an index along the first axes; 0 where there is none. */
function stridesOf(index: Scalar, axes: number): readonly number[] {
  const known = knownStrides.get(index);
  if (known?.length === axes) return known;
  const strides = Array.from({ length: axes }, (_, axis) => strideAlong(index, axis) ?? 0);
  knownStrides.set(index, strides);
  return strides;
}

/** Matches axes by size and stride: axis `i` of the map is axis `order[i]` of `space`. */
function matchAxes(
  sizes: Shape,
  strides: readonly number[],
  space: Shape,
  wanted: readonly number[],
): number[] | undefined {
  const order = sizes.map((size, i) =>
    space.findIndex((other, axis) => other === size && wanted[axis] === strides[i])
  );
  const complete = order.every((axis) => axis >= 0) && new Set(order).size === order.length;
  return complete ? order : undefined;
}

function reorder(map: Draft, order: readonly number[], space: Shape): Draft {
  if (order.length === space.length && order.every((axis, i) => axis === i)) return map;
  const rename = scalarRewriter((leaf) =>
    leaf.op === "axis" ? s.axis(order[leaf.axis]!, leaf.size) : undefined
  );
  return { ...mapDraft(map, rename), outer: space };
}
