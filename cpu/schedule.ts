/** Schedules the kernels of a plan on threads. */
import type { CompiledKernel } from "./compiled_kernel.ts";

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
const THRESHOLDS: Thresholds = {
  parallelDispatch: 10_000,
  parallelPlan: 40_000,
  chunk: 4_000,
};

/** Most chunks per thread. Several, so that a late thread delays little work. */
const CHUNKS_PER_THREAD = 8;

/** The kernels of one dispatch. */
export interface Stage {
  readonly kernels: readonly CompiledKernel[];
  /** Number of chunks to share; 0 if the main thread runs the stage by itself. */
  readonly chunks: number;
}

/** Decides which dispatches to share. With one thread, none is shared. */
export function scheduleStages(
  dispatches: readonly (readonly CompiledKernel[])[],
  { threads, thresholds = THRESHOLDS, turns = [] }: {
    threads: number;
    thresholds?: Thresholds | undefined;
    /** How often each dispatch runs. Default: once. */
    turns?: readonly number[];
  },
): Stage[] {
  const costs = dispatches.map((kernels) => kernels.reduce((sum, { cost }) => sum + cost, 0));
  const large = costs.map((cost) => cost >= thresholds.parallelDispatch);
  const parallelCost = costs.reduce(
    (sum, cost, i) => sum + (large[i] ? cost * (turns[i] ?? 1) : 0),
    0,
  );
  const worthwhile = threads > 1 && parallelCost >= thresholds.parallelPlan;
  return dispatches.map((kernels, i) => {
    if (!worthwhile || !large[i]) return { kernels, chunks: 0 };
    const fitting = Math.floor(costs[i]! / thresholds.chunk);
    return { kernels, chunks: Math.min(Math.max(fitting, threads), CHUNKS_PER_THREAD * threads) };
  });
}
