import { at, type RefTensor, tabulate } from "./tensor.ts";

/** The same elements under another shape. */
export function reshape({ data }: RefTensor, shape: readonly number[]): RefTensor {
  return { shape, data };
}

/** Repeats along axes of size one and new leading axes. */
export function broadcastTo(x: RefTensor, shape: readonly number[]): RefTensor {
  const added = shape.length - x.shape.length;
  return tabulate(
    shape,
    (position) => at(x, x.shape.map((size, axis) => size === 1 ? 0 : position[added + axis]!)),
  );
}

/** Axis `i` of the result is axis `order[i]` of x. */
export function permute(x: RefTensor, order: readonly number[]): RefTensor {
  return tabulate(order.map((axis) => x.shape[axis]!), (position) => {
    const from: number[] = [];
    order.forEach((axis, i) => from[axis] = position[i]!);
    return at(x, from);
  });
}

/** The elements along `axes` in reverse. */
export function flip(x: RefTensor, axes: readonly number[]): RefTensor {
  return tabulate(
    x.shape,
    (position) => at(x, position.map((i, a) => axes.includes(a) ? x.shape[a]! - 1 - i : i)),
  );
}

/** `sizes` elements from `starts` on, every `steps`-th. */
export function slice(
  x: RefTensor,
  starts: readonly number[],
  sizes: readonly number[],
  steps: readonly number[],
): RefTensor {
  return tabulate(
    sizes,
    (position) => at(x, position.map((i, axis) => starts[axis]! + i * steps[axis]!)),
  );
}

/** Puts elements around x and `interior` ones between neighbours. */
export function pad(
  x: RefTensor,
  before: readonly number[],
  after: readonly number[],
  interior: readonly number[],
  value: number,
): RefTensor {
  const shape = x.shape.map((size, axis) =>
    before[axis]! + size + interior[axis]! * Math.max(0, size - 1) + after[axis]!
  );
  const data = tabulate(shape, () => value).data.slice();
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  tabulate(x.shape, (position) => {
    const to = position.reduce(
      (sum, i, axis) => sum + (before[axis]! + i * (interior[axis]! + 1)) * strides[axis]!,
      0,
    );
    return data[to] = at(x, position);
  });
  return { shape, data };
}

/** Joins along an axis. */
export function concat(inputs: readonly RefTensor[], axis: number): RefTensor {
  const sizes = inputs.map(({ shape }) => shape[axis]!);
  const shape = inputs[0]!.shape.with(axis, sizes.reduce((a, b) => a + b, 0));
  return tabulate(shape, (position) => {
    let local = position[axis]!;
    let i = 0;
    while (local >= sizes[i]!) local -= sizes[i++]!;
    return at(inputs[i]!, position.with(axis, local));
  });
}

/** The elements of x at `indices` along an axis; indices outside are clamped. */
export function gather(x: RefTensor, indices: RefTensor, axis: number): RefTensor {
  const rank = indices.shape.length;
  const last = x.shape[axis]! - 1;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return tabulate(shape, (position) => {
    const index = at(indices, position.slice(axis, axis + rank));
    const inside = Math.min(Math.max(index, 0), last);
    return at(x, [...position.slice(0, axis), inside, ...position.slice(axis + rank)]);
  });
}

/** The element of x at each position that `indices`, one for each axis, name; clamped. */
export function elementsAt(x: RefTensor, indices: readonly RefTensor[]): RefTensor {
  return tabulate(indices[0]!.shape, (position) => {
    const wanted = indices.map((index) => at(index, position));
    return at(x, wanted.map((i, axis) => Math.min(Math.max(i, 0), x.shape[axis]! - 1)));
  });
}

/** Adds each element of g at its index along `axis`. */
export function scatterSum(g: RefTensor, indices: RefTensor, axis: number, size: number) {
  return scatter({ g, indices, axis, size }, (sum, element) => sum + element);
}

/** The largest element at each index along `axis`, or 0. */
export function scatterMax(g: RefTensor, indices: RefTensor, axis: number, size: number) {
  return scatter({ g, indices, axis, size }, Math.max);
}

function scatter(
  { g, indices, axis, size }: {
    readonly g: RefTensor;
    readonly indices: RefTensor;
    readonly axis: number;
    readonly size: number;
  },
  combine: (total: number, element: number) => number,
): RefTensor {
  const rank = indices.shape.length;
  const shape = [...g.shape.slice(0, axis), size, ...g.shape.slice(axis + rank)];
  return tabulate(shape, (position) => {
    let sum = 0;
    tabulate(indices.shape, (where) => {
      const from = [...position.slice(0, axis), ...where, ...position.slice(axis + 1)];
      if (at(indices, where) === position[axis]) sum = combine(sum, at(g, from));
      return 0;
    });
    return sum;
  });
}

/** 1 where the new last position is the index. */
export function oneHot(indices: RefTensor, classes: number): RefTensor {
  return tabulate(
    [...indices.shape, classes],
    (position) => at(indices, position.slice(0, -1)) === position.at(-1) ? 1 : 0,
  );
}
