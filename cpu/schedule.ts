/** How the kernels of a plan are shared out among threads. */

/** From which cost on work is shared, in vector instructions. */
export interface Thresholds {
  /** A dispatch of less is done by one thread: sharing costs a barrier. */
  readonly parallelDispatch: number;
  /** A plan with less in parallel dispatches does not call workers at all. */
  readonly parallelPlan: number;
  /** Chunks that threads take are at least so large, */
  readonly chunk: number;
}

/** Where sharing pays; a vector instruction takes a third to half a nanosecond. */
export const THRESHOLDS: Thresholds = {
  parallelDispatch: 10_000,
  parallelPlan: 40_000,
  chunk: 4_000,
};

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
  { threads, thresholds = THRESHOLDS }: {
    threads: number;
    thresholds?: Thresholds | undefined;
  },
): Stage<T>[] {
  const costs = dispatches.map((tasks) => tasks.reduce((sum, { cost }) => sum + cost, 0));
  const large = costs.map((cost) => cost >= thresholds.parallelDispatch);
  const parallelCost = costs.reduce((sum, cost, i) => sum + (large[i] ? cost : 0), 0);
  const worthwhile = threads > 1 && parallelCost >= thresholds.parallelPlan;
  return dispatches.map((tasks, i) => {
    if (!worthwhile || !large[i]) return { tasks, chunks: 0 };
    const fitting = Math.floor(costs[i]! / thresholds.chunk);
    return { tasks, chunks: Math.min(Math.max(fitting, threads), CHUNKS_PER_THREAD * threads) };
  });
}
