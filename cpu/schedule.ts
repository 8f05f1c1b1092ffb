/** How the kernels of a plan are shared out among threads. */

/** Thresholds, in vector instructions; one takes a third to half a nanosecond. */
export const THRESHOLDS = {
  /** A dispatch of less is done by one thread: sharing costs a barrier. */
  parallelDispatch: 10_000,
  /** A plan with less in parallel dispatches does not call workers at all. */
  parallelPlan: 40_000,
  /** Chunks that threads take are at least so large, */
  chunk: 4_000,
} as const;

/** and there are at most so many for each thread, so that a late one holds up little. */
const CHUNKS_PER_THREAD = 8;

/** A kernel's function and how it can be cut. */
export interface Task {
  readonly name: string;
  /** Units of work; any thread may take any range of them. */
  readonly unitCount: number;
  /** Ranges are multiples of this, if that leaves enough of them. */
  readonly unitsPerPack: number;
  readonly cost: number;
}

/** The tasks of one dispatch. */
export interface Stage<T extends Task> {
  readonly tasks: readonly T[];
  /** How many chunks threads may take; none if the main thread does the stage alone. */
  readonly chunks: number;
}

/** Decides which dispatches are shared; without threads none is. */
export function scheduleStages<T extends Task>(
  dispatches: readonly (readonly T[])[],
  { threads }: { threads: number },
): Stage<T>[] {
  const costs = dispatches.map((tasks) => tasks.reduce((sum, { cost }) => sum + cost, 0));
  const large = costs.map((cost) => cost >= THRESHOLDS.parallelDispatch);
  const parallelCost = costs.reduce((sum, cost, i) => sum + (large[i] ? cost : 0), 0);
  const worthwhile = threads > 1 && parallelCost >= THRESHOLDS.parallelPlan;
  return dispatches.map((tasks, i) => {
    if (!worthwhile || !large[i]) return { tasks, chunks: 0 };
    const fitting = Math.floor(costs[i]! / THRESHOLDS.chunk);
    return { tasks, chunks: Math.min(Math.max(fitting, threads), CHUNKS_PER_THREAD * threads) };
  });
}
