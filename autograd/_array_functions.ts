/** Functions of nodes that are compositions of views, selections, and reductions. */
import * as op from "../graph/mod.ts";
import type { Node } from "../graph/mod.ts";
import { anyAxis, axesOf, axisOf } from "./_arguments.ts";

/** Without the axes of size 1, or without those of `axes` that have size 1. */
export function squeeze(x: Node, axes: number | readonly number[] | undefined): Node {
  const { shape } = x.type;
  const dropped = axesOf(axes, shape.length);
  return op.reshape(x, shape.filter((size, axis) => size !== 1 || !dropped.includes(axis)));
}

/** With a new axis of size 1 at `axis` of the result. */
export function unsqueeze(x: Node, axis: number): Node {
  const { shape } = x.type;
  return op.reshape(x, shape.toSpliced(axisOf(axis, shape.length + 1), 0, 1));
}

/** With one axis in place of the axes from `start` on; negative numbers count from the end. */
export function flatten(x: Node, start: number): Node {
  const { shape } = x.type;
  const places = op.wholeIn(-shape.length, shape.length);
  op.checkOption("flatten a tensor", { start }, places, op.ShapeError);
  return op.reshape(x, [...shape.slice(0, start), op.elementCount(shape.slice(start))]);
}

/** `size` elements along an axis, from `start`. */
export function narrow(
  x: Node,
  axis: number,
  { start, size }: { start: number; size: number },
): Node {
  const { shape } = x.type;
  const at = axisOf(axis, shape.length);
  const action = `narrow ${op.formatType(x.type)}`;
  op.checkOption(action, { start }, op.wholeIn(-shape[at]!, shape[at]!), op.ShapeError);
  const first = start < 0 ? start + shape[at]! : start;
  op.checkOption(action, { size }, op.wholeIn(0, shape[at]! - first), op.ShapeError);
  return op.slice(x, shape.map((_, i) => i === at ? first : 0), shape.with(at, size));
}

/** Parts along an axis: of equal size except for the last, or of the given sizes. */
export function split(x: Node, sizes: number | readonly number[], axis: number): Node[] {
  const at = axisOf(axis, x.type.shape.length);
  const total = x.type.shape[at]!;
  const action = `split ${op.formatType(x.type)}`;
  const rule = typeof sizes === "number" ? op.positiveWhole : op.listOf(op.nonNegativeWhole);
  op.checkOption(action, { sizes }, rule, op.ShapeError);
  const list = typeof sizes === "number"
    ? Array.from(
      { length: Math.max(1, Math.ceil(total / sizes)) },
      (_, i) => Math.min(sizes, total - i * sizes),
    )
    : sizes;
  const sum = list.reduce((a, b) => a + b, 0);
  if (sum !== total) {
    throw new op.ShapeError(
      `Cannot ${action}: sizes must add up to ${total}: current sum is ${sum}`,
    );
  }
  let start = 0;
  return list.map((size) => narrow(x, at, { start: (start += size) - size, size }));
}

/** Joins nodes of one shape along a new axis. */
export function stack(nodes: readonly Node[], axis: number): Node {
  const [first] = nodes;
  if (!first) throw new op.ShapeError("Cannot stack: there must be at least one tensor");
  const { shape } = first.type;
  if (nodes.some(({ type }) => !op.sameShape(type.shape, shape))) {
    const list = nodes.map(({ type }) => op.formatType(type)).join(" and ");
    throw new op.ShapeError(`Cannot stack ${list}: shapes must be equal`);
  }
  const at = axisOf(axis, shape.length + 1);
  return op.concat(nodes.map((node) => unsqueeze(node, at)), at);
}

/**
 * Moves elements by `shift` positions along each of `axes`; those beyond an end reenter. Default: all
 * axes as one.
 */
export function roll(
  x: Node,
  shift: number | readonly number[],
  axes: number | readonly number[] | undefined,
): Node {
  const { shape } = x.type;
  if (axes !== undefined) return rollAlong(x, shift, axesOf(axes, shape.length));
  const flat = op.reshape(x, [op.elementCount(shape)]);
  return op.reshape(rollAlong(flat, shift, [0]), shape);
}

function rollAlong(x: Node, shift: number | readonly number[], axes: readonly number[]): Node {
  const { shape } = x.type;
  const shifts = typeof shift === "number" ? axes.map(() => shift) : shift;
  const whole = op.wholeIn(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const action = `roll ${op.formatType(x.type)}`;
  op.checkOption(action, { shift: shifts }, op.listOf(whole, axes.length), op.ShapeError);
  return axes.reduce((rolled, axis, i) => {
    const size = shape[axis]!;
    const by = size === 0 ? 0 : (shifts[i]! % size + size) % size;
    if (by === 0) return rolled;
    const [head, tail] = split(rolled, [size - by, by], axis);
    return op.concat([tail!, head!], axis);
  }, x);
}

/** The elements at the coordinates that `indices` hold, one for each axis; their shapes broadcast. */
export function elementsAt(x: Node, indices: readonly Node[]): Node {
  const shape = op.broadcastShapes(indices.map(({ type }) => type.shape));
  return op.elementsAt(x, indices.map((index) => op.broadcastTo(index, shape)));
}

/** The whole tensor, repeated `counts[i]` times along axis i; leading axes are added as needed. */
export function tile(x: Node, counts: readonly number[]): Node {
  op.checkOption(`tile ${op.formatType(x.type)}`, { counts }, op.shapeSizes, op.ShapeError);
  const rank = Math.max(counts.length, x.type.shape.length);
  const padded = (list: readonly number[]) => [
    ...Array.from({ length: rank - list.length }, () => 1),
    ...list,
  ];
  const [sizes, times] = [padded(x.type.shape), padded(counts)];
  const pairs = sizes.flatMap((size, i) => [times[i]!, size]);
  const spread = op.broadcastTo(op.reshape(x, sizes.flatMap((size) => [1, size])), pairs);
  return op.reshape(spread, sizes.map((size, i) => size * times[i]!));
}

/** Each element `count` times in a row along `axis`. */
export function repeatInterleave(x: Node, count: number, axis: number): Node {
  const { shape } = x.type;
  const at = axisOf(axis, shape.length);
  op.checkOption("repeat elements", { count }, op.nonNegativeWhole, op.ShapeError);
  const pairs = shape.toSpliced(at + 1, 0, count);
  const spread = op.broadcastTo(op.reshape(x, shape.toSpliced(at + 1, 0, 1)), pairs);
  return op.reshape(spread, shape.with(at, shape[at]! * count));
}

/** Exchanges two axes. */
export function swapAxes(x: Node, first: number, second: number): Node {
  const { length: rank } = x.type.shape;
  const action = () => `transpose ${op.formatType(x.type)}`;
  op.checkOption(action, { first, second }, anyAxis(rank), op.ShapeError);
  const [a, b] = [axisOf(first, rank), axisOf(second, rank)];
  const order = x.type.shape.map((_, axis) => axis);
  return op.permute(x, order.with(a, b).with(b, a));
}

/** The products of all pairs of elements of two vectors. */
export function outer(x: Node, y: Node): Node {
  for (const { type } of [x, y]) {
    if (type.shape.length === 1) continue;
    const what = `${op.formatType(x.type)} and ${op.formatType(y.type)}`;
    throw new op.ShapeError(`Cannot apply outer to ${what}: both must be vectors`);
  }
  const [rows, columns] = [x.type.shape[0]!, y.type.shape[0]!];
  const column = op.broadcastTo(op.reshape(x, [rows, 1]), [rows, columns]);
  return op.mul(column, op.broadcastTo(y, [rows, columns]));
}

/** x where the mask is false, `value` where it is true; shapes broadcast. */
export function maskedFill(x: Node, mask: Node, value: Node): Node {
  const shape = op.broadcastShapes([x.type.shape, mask.type.shape, value.type.shape]);
  const [m, v, y] = [mask, value, x].map((part) => op.broadcastTo(part, shape));
  return op.select(m!, v!, y!);
}

/** Whether any (`reduceMax`) or all (`reduceMin`) elements over `axes` are not 0. */
export function test(x: Node, reduce: typeof op.reduceMax, axes: readonly number[]): Node {
  const numbers = op.cast(x.type.dtype === "bool" ? x : op.cast(x, "bool"), "i32");
  const extreme = reduce(numbers, axes);
  return op.greater(extreme, op.fullLike(extreme, 0)); // over no elements: the smallest or largest i32
}

/**
 * The variance over `axes`, with a divisor of n − correction; NaN if that is not positive.
 */
export function variance(x: Node, axes: readonly number[], correction: number): Node {
  op.checkOption("take a variance", { correction }, op.nonNegativeNumber);
  const biased = op.variance(x, axes);
  const count = op.elementCount(axes.map((axis) => x.type.shape[axis]!));
  const divisor = count - correction;
  if (correction === 0) return biased;
  return op.mul(biased, op.fullLike(biased, divisor > 0 ? count / divisor : NaN));
}

/** A root of x ≥ 0, with a derivative of 0 at 0 instead of ∞, as PyTorch has for norms. */
function flatAtZero(x: Node, root: (x: Node) => Node): Node {
  const zero = op.fullLike(x, 0);
  const isZero = op.equal(x, zero);
  return op.select(isZero, zero, root(op.select(isZero, op.fullLike(x, 1), x)));
}

/** The square root of the variance; its derivative is 0 where all elements are equal. */
export function standardDeviation(x: Node, axes: readonly number[], correction: number): Node {
  return flatAtZero(variance(x, axes, correction), op.sqrt);
}

/**
 * (Σ |x|^order)^(1/order) over `axes`; the largest and the smallest |x| for ∞ and −∞, and the number
 * of elements that are not 0 for 0.
 */
export function norm(x: Node, order: number, axes: readonly number[]): Node {
  op.checkOption("take a norm", { order }, notNaN);
  if (order === 2) return flatAtZero(op.reduceSum(op.square(x), axes), op.sqrt);
  const size = op.abs(x);
  if (order === Infinity) return op.reduceMax(size, axes);
  if (order === -Infinity) return op.reduceMin(size, axes);
  if (order === 1) return op.reduceSum(size, axes);
  if (order === 0) {
    return op.reduceSum(op.cast(op.notEqual(x, op.fullLike(x, 0)), "f32"), axes);
  }
  const sum = op.reduceSum(op.pow(size, op.fullLike(size, order)), axes);
  return flatAtZero(sum, (positive) => op.pow(positive, op.fullLike(sum, 1 / order)));
}

const notNaN: op.ValueRule = {
  text: "a number",
  holds: (value) => typeof value === "number" && !Number.isNaN(value),
};
