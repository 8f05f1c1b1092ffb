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
  const ascending = keyOf(x);
  const key = descending ? op.sub(op.fullLike(ascending, -1), ascending) : ascending; // no overflow
  const { shape } = x.type;
  const last = shape.length - 1;
  const table = [...shape, shape[last]!];
  const own = op.broadcastBack(key, [last + 1], table);
  const other = op.broadcastBack(key, [last], table);
  const isEarlier = op.less(op.iota(table, last + 1), op.iota(table, last));
  const isBefore = op.select(isEarlier, op.lessEqual(other, own), op.less(other, own));
  return op.reduceSum(op.cast(isBefore, "i32"), [last + 1]);
}

const LARGEST = 2 ** 31 - 1;

/** i32: integers in the order of the elements. Both zeros are equal, and all NaNs the largest. */
function keyOf(x: Node): Node {
  if (x.type.dtype === "i32") return x;
  if (x.type.dtype === "u32") {
    return op.bitcast(op.bitXor(x, op.fullLike(x, 2 ** 31)), "i32");
  }
  const zero = op.fullLike(x, 0);
  const bits = op.bitcast(op.select(op.equal(x, zero), zero, x), "i32");
  // negative numbers have the larger bits, the smaller they are
  const sign = op.shiftRight(bits, op.fullLike(bits, 31));
  const ordered = op.bitXor(bits, op.bitAnd(sign, op.fullLike(bits, LARGEST)));
  return op.select(op.isNaN(x), op.fullLike(bits, LARGEST), ordered);
}
