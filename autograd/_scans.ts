/** Sums and products of all elements up to each, as functions of nodes. */
import * as op from "../graph/mod.ts";
import type { Node } from "../graph/mod.ts";
import { axisOf } from "./_arguments.ts";
import { swapAxes } from "./_array_functions.ts";

/** An operation with which rows are scanned. */
interface Scan {
  /** Combines all elements over axes. */
  readonly reduce: typeof op.reduceSum;
  /** Combines two nodes. */
  readonly join: (a: Node, b: Node) => Node;
  /** Leaves the other operand as it is. */
  readonly neutral: number;
  /**
   * Longest row that is scanned directly, with a number of terms that grows with its square. Longer
   * rows are split into groups of this size, whose results are scanned in the same way.
   */
  readonly group: number;
}

const sums: Scan = { reduce: op.reduceSum, join: op.add, neutral: 0, group: 16 };
/** The gradient of a product has a term for each pair of factors, so its groups are smaller. */
const products: Scan = { reduce: op.reduceProd, join: op.mul, neutral: 1, group: 8 };

/** The sum of all elements along `axis` up to each one, itself included. */
export function cumulativeSum(x: Node, axis: number): Node {
  return scanAlong(x, axis, sums);
}

/** The product of all elements along `axis` up to each one, itself included. */
export function cumulativeProduct(x: Node, axis: number): Node {
  return scanAlong(x, axis, products);
}

function scanAlong(x: Node, axis: number, scan: Scan): Node {
  const at = axisOf(axis, x.type.shape.length);
  const moved = swapAxes(x, at, -1);
  const { shape } = moved.type;
  const size = shape.at(-1)!;
  const rows = op.reshape(moved, [op.elementCount(shape.slice(0, -1)), size]);
  return swapAxes(op.reshape(scanRows(rows, scan), shape), at, -1);
}

/** [rows, size] → [rows, size]. */
function scanRows(x: Node, scan: Scan): Node {
  const [rows, size] = x.type.shape as [number, number];
  const { group } = scan;
  if (size <= group) return scanGroups(x, scan);
  const groups = Math.ceil(size / group);
  const padded = op.pad(x, [0, 0], [0, groups * group - size], { value: scan.neutral });
  const grouped = op.reshape(padded, [rows, groups, group]);
  const totals = op.slice(scan.reduce(grouped, [2]), [0, 0], [rows, groups - 1]);
  const before = op.pad(scanRows(totals, scan), [0, 1], [0, 0], { value: scan.neutral });
  const all = scan.join(
    op.broadcastBack(before, [2], grouped.type.shape),
    scanGroups(grouped, scan),
  );
  return op.slice(op.reshape(all, [rows, groups * group]), [0, 0], [rows, size]);
}

/** [n…, size]: for each element, all up to it. Later ones are left out, also if they are NaN. */
function scanGroups(x: Node, { reduce, neutral }: Scan): Node {
  const { shape } = x.type;
  const last = shape.length;
  const table = [...shape, shape[last - 1]!];
  const isUpTo = op.lessEqual(op.iota(table, last), op.iota(table, last - 1));
  const spread = op.broadcastBack(x, [last - 1], table);
  return reduce(op.select(isUpTo, spread, op.fullLike(spread, neutral)), [last]);
}
