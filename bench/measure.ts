/**
 * Timing: warm-up, stretches of runs long enough to time, and several jobs in turns.
 * @module
 */

/** Times of one run, in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly min: number;
  /** Of each stretch, in the order in which they were taken. */
  readonly samples: readonly number[];
}

/** How long to measure. */
export interface Effort {
  /** Stretches. */
  readonly samples: number;
  /** Length of a stretch in milliseconds, or one run if that is longer. */
  readonly milliseconds: number;
  /** Milliseconds for all jobs together: where runs are long, there are fewer stretches. */
  readonly budget?: number;
}

/** Fewer stretches say nothing, however long they take. */
const FEWEST_SAMPLES = 4;

/** What can be timed. */
export interface Timed {
  /** Submits one run. */
  run(): void;
  /** Waits for the runs so far. */
  wait(): Promise<void>;
}

/** Times one job. */
export async function measure(job: Timed, effort: Effort): Promise<Timing> {
  const [timing] = await measureInTurns([job], effort);
  if (!timing) throw new Error("Internal: nothing was measured");
  return timing;
}

/**
 * Times jobs that are to be compared: a stretch of each in every round, so that whatever
 * else the machine does falls on all of them alike.
 */
export async function measureInTurns(jobs: readonly Timed[], effort: Effort): Promise<Timing[]> {
  const counts: number[] = [];
  for (const job of jobs) counts.push(await runsOf(job, effort.milliseconds));
  const samples: number[][] = jobs.map(() => []);
  const start = performance.now();
  const isOver = (rounds: number) =>
    rounds >= effort.samples ||
    (rounds >= FEWEST_SAMPLES && performance.now() - start > (effort.budget ?? Infinity));
  for (let rounds = 0; !isOver(rounds); rounds++) {
    for (const [i, job] of jobs.entries()) {
      const runs = counts[i] ?? 1;
      samples[i]?.push(await stretch(job, runs) / runs);
    }
  }
  return samples.map(timingOf);
}

/** How many runs fill a stretch; also the warm-up. */
async function runsOf(job: Timed, milliseconds: number): Promise<number> {
  await stretch(job, 1);
  for (let runs = 1;;) {
    const elapsed = await stretch(job, runs);
    if (elapsed >= 0.7 * milliseconds) return runs;
    runs = Math.ceil(runs * Math.min(16, Math.max(1.3, milliseconds / elapsed)));
  }
}

async function stretch(job: Timed, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) job.run();
  await job.wait();
  return performance.now() - start;
}

/** Median and minimum of samples. */
export function timingOf(samples: readonly number[]): Timing {
  return { median: median(samples), min: Math.min(...samples), samples };
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/**
 * Median of the ratios that each round gives: steadier than the ratio of two medians. Rounds in
 * which only one of the two was timed do not count.
 */
export function pairedRatio(numerator: Timing, denominator: Timing): number {
  return median(numerator.samples.flatMap((value, i) => {
    const other = denominator.samples[i];
    return other === undefined ? [] : [value / other];
  }));
}
