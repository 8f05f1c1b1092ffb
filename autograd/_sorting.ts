/**
 * Sorting as functions of nodes. The position of an element in the sorted row is the number of
 * elements before it, so a row of n elements takes n² comparisons, in kernels without any
 * synchronization. The order is stable.
 */
import * as op from "../graph/mod.ts";
import type { Node } from "../graph/mod.ts";
import { axisOf } from "./_arguments.ts";
import { swapAxes } from "./_array_functions.ts";

/** The first elements of sorted rows. */
export interface Sorted {
  /** The elements. */
  readonly values: Node;
  /** i32: where they were. */
  readonly indices: Node;
}

/** How to sort. */
export interface Order {
  /** The axis along which the elements are sorted. */
  readonly axis: number;
  /** Whether the largest element comes first. */
  readonly descending: boolean;
  /** Number of elements to return. Default: all. */
  readonly count?: number;
}

/** Sorts along an axis. NaN counts as larger than all numbers, as in NumPy and PyTorch. */
export function sort(x: Node, { axis, descending, count }: Order): Sorted {
  const at = axisOf(axis, x.type.shape.length);
  const moved = swapAxes(x, at, -1);
  const { shape } = moved.type;
  const size = shape.at(-1)!;
  const kept = count ?? size;
  op.checkOption("sort", { count: kept }, op.wholeIn(0, size), op.ShapeError);
  const last = shape.length - 1;
  const table = [...shape.slice(0, -1), kept, size];
  // [n…, kept, size]: whether the element is the one at this place
  const place = op.broadcastBack(placesOf(moved, descending), [last], table);
  const isAt = op.equal(place, op.iota(table, last));
  const pick = (values: Node) =>
    swapAxes(
      op.reduceSum(op.select(isAt, values, op.fullLike(values, 0)), [last + 1]),
      at,
      -1,
    );
  return {
    values: pick(op.broadcastBack(moved, [last], table)),
    indices: pick(op.iota(table, last + 1)),
  };
}

/** i32 [n…, size]: the position of each element in its sorted row. */
function placesOf(x: Node, descending: boolean): Node {
  const { shape } = x.type;
  const last = shape.length - 1;
  const table = [...shape, shape[last]!];
  const own = op.broadcastBack(x, [last + 1], table);
  const other = op.broadcastBack(x, [last], table);
  const [high, low] = descending ? [other, own] : [own, other];
  const isEarlier = op.less(op.iota(table, last + 1), op.iota(table, last));
  const isBefore = op.logicalOr(
    isAbove(high, low),
    op.logicalAnd(isTied(own, other), isEarlier),
  );
  return op.reduceSum(op.cast(isBefore, "i32"), [last + 1]);
}

function isAbove(high: Node, low: Node): Node {
  const greater = op.greater(high, low);
  if (high.type.dtype !== "f32") return greater;
  return op.logicalOr(greater, op.logicalAnd(op.isNaN(high), op.logicalNot(op.isNaN(low))));
}

function isTied(a: Node, b: Node): Node {
  const equal = op.equal(a, b);
  if (a.type.dtype !== "f32") return equal;
  return op.logicalOr(equal, op.logicalAnd(op.isNaN(a), op.isNaN(b)));
}
