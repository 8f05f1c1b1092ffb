/** Schedules the kernels of a plan on threads. */

/** Thresholds for sharing work between threads, in vector instructions. */
export interface Thresholds {
  /**
   * Smallest dispatch to share. A smaller one runs on one thread, because sharing costs a barrier.
   */
  readonly parallelDispatch: number;
  /** Smallest total of parallel dispatches for which a plan uses workers. */
  readonly parallelPlan: number;
  /** Smallest chunk. */
  readonly chunk: number;
}

/** The thresholds at which sharing pays off. A vector instruction takes 0.33 to 0.5 ns. */
export const THRESHOLDS: Thresholds = {
  parallelDispatch: 10_000,
  parallelPlan: 40_000,
  chunk: 4_000,
};

/** Most chunks per thread. Several, so that a late thread delays little work. */
const CHUNKS_PER_THREAD = 8;

/** A kernel's function and how it can be split. */
export interface Task {
  readonly name: string;
  /** Number of units of work. Any thread may process any range of them. */
  readonly unitCount: number;
  /** Ranges are multiples of this, if that leaves enough ranges. */
  readonly unitsPerPack: number;
  readonly cost: number;
}

/** The tasks of one dispatch. */
export interface Stage<T extends Task> {
  readonly tasks: readonly T[];
  /** Number of chunks to share; 0 if the main thread runs the stage alone. */
  readonly chunks: number;
}

/** Decides which dispatches to share. With one thread, none is shared. */
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
