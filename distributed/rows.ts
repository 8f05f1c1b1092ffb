import { checkOptions, positiveWhole, wholeIn } from "../graph/mod.ts";

/** The rows of a global batch that a rank computes. */
export interface RowRange {
  /** Number of the first row. */
  readonly from: number;
  /** Number of rows, at least 1. */
  readonly count: number;
  /** Number of rows of the global batch. */
  readonly of: number;
  /**
   * Weight of the rank's mean in the mean of the batch: the part of the rows that are the rank's
   * own. 0 for a rank without any, which computes a row that does not count.
   */
  readonly share: number;
}

/**
 * Divides a batch of `rows` rows: rank r of n takes the rows from ⌊r·rows/n⌋ to ⌊(r + 1)·rows/n⌋ − 1.
 * @throws {RangeError} if there are no rows or no such rank
 */
export function rowsOfRank(rows: number, { rank, size }: { rank: number; size: number }): RowRange {
  checkOptions("divide a batch", { rows, size, rank }, {
    rows: positiveWhole,
    size: positiveWhole,
    rank: wholeIn(0, size - 1),
  });
  const from = Math.floor(rank * rows / size);
  const to = Math.floor((rank + 1) * rows / size);
  if (to === from) return { from: Math.min(from, rows - 1), count: 1, of: rows, share: 0 };
  return { from, count: to - from, of: rows, share: (to - from) / rows };
}
