/** The vectors in which the reductions of a kernel add up. */
import type { LoopAxis, Nest } from "./nest.ts";
import { independentGroups } from "./reduction.ts";

/** Rows of at least this many vectors are reduced with several accumulators. */
const LONG_ROW_VECTORS = 8;

/** Most sums that a loop keeps in the 16 vector registers, leaving some for temporaries. */
const MOST_SUMS = 12;

/** The accumulators of each reduction, and the loops that add to them. */
export interface Accumulators {
  readonly count: number;
  /** Number of elements of a row per iteration, over all accumulators. */
  readonly rowStep: number;
  /**
   * Iteration counts of the inner loops, outermost first. Each iteration adds to every accumulator.
   */
  readonly turns: readonly number[];
  /** Groups of independent reductions whose accumulators fit the registers. */
  readonly groups: readonly (readonly number[])[];
}

/**
 * The accumulators of a kernel.
 * @param row the vector axis, if it is an inner one
 * @param copies number of vectors of an outer vector axis that are processed together
 */
export function accumulatorsOf(
  { inner, reductions }: Pick<Nest, "inner" | "reductions">,
  row: LoopAxis | undefined,
  copies: number,
): Accumulators {
  const rowCount = row && row.size >= 4 * LONG_ROW_VECTORS ? 4 : 1;
  const count = row ? rowCount : copies;
  const rowStep = 4 * count;
  const turns = inner.filter((loop) => loop !== row).map(({ size }) => size);
  if (row) turns.push(Math.ceil(row.size / rowStep));
  const most = Math.max(1, Math.floor(MOST_SUMS / count));
  return { count, rowStep, turns, groups: independentGroups(reductions, most) };
}
