/** How the kernels of a plan are shared out among threads. */

/** Thresholds, in vector instructions; one takes a third to half a nanosecond. */
export const THRESHOLDS = {
  /** A dispatch of less is done by one thread: sharing costs a barrier. */
  parallelDispatch: 10_000,
  /** A plan with less in parallel dispatches does not call workers at all. */
  parallelPlan: 40_000,
} as const;

/** A kernel's function and how it can be cut. */
export interface Task {
  readonly name: string;
  /** Pushes the call; `from` and `to` are pushed by the caller of this. */
  readonly unitCount: number;
  /** Ranges are multiples of this, if that leaves enough of them. */
  readonly unitsPerPack: number;
  readonly cost: number;
}

/** The tasks of one dispatch. */
export interface Stage<T extends Task> {
  readonly tasks: readonly T[];
  readonly parallel: boolean;
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
  return dispatches.map((tasks, i) => ({ tasks, parallel: worthwhile && large[i]! }));
}
