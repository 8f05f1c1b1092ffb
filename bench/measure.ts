/**
 * Timing: warm-up, samples of several runs, and interleaved measurement of several jobs.
 * @module
 */

/** Time of a run, in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly min: number;
  /** Time per run of each sample, in the order measured. */
  readonly samples: readonly number[];
}

/** How long to measure. */
export interface Effort {
  /** Number of samples. */
  readonly samples: number;
  /** Length of a sample in milliseconds, or one run if that is longer. */
  readonly milliseconds: number;
  /** Time limit for all jobs together in milliseconds. Long runs get fewer samples. */
  readonly budget?: number;
}

/** Minimum number of samples, however long they take. */
const FEWEST_SAMPLES = 4;

/** A job that can be timed. */
export interface Timed {
  /** Submits one run. */
  run(): void;
  /** Waits for all submitted runs. */
  wait(): Promise<void>;
}

/** Times a job. */
export async function measure(job: Timed, effort: Effort): Promise<Timing> {
  const [timing] = await measureInTurns([job], effort);
  if (!timing) throw new Error("Internal: nothing was measured");
  return timing;
}

/**
 * Times jobs to be compared. Takes one sample of each per round, so that other load on the machine
 * affects all of them equally.
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
      samples[i]?.push(await timeOf(job, runs) / runs);
    }
  }
  return samples.map(timingOf);
}

/** Number of runs per sample. Also warms up the job. */
async function runsOf(job: Timed, milliseconds: number): Promise<number> {
  await timeOf(job, 1);
  for (let runs = 1;;) {
    const elapsed = await timeOf(job, runs);
    const more = runsForSample(runs, { milliseconds: elapsed, target: milliseconds });
    if (more === runs) return runs;
    runs = more;
  }
}

/**
 * The number of runs to try for a sample of about `target` milliseconds, after some runs took
 * `milliseconds`; the same number if that was long enough.
 */
export function runsForSample(
  runs: number,
  { milliseconds, target }: { readonly milliseconds: number; readonly target: number },
): number {
  if (milliseconds >= 0.7 * target) return runs;
  return Math.ceil(runs * Math.min(16, Math.max(1.3, target / milliseconds)));
}

async function timeOf(job: Timed, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) job.run();
  await job.wait();
  return performance.now() - start;
}

/** Median and minimum of samples. */
export function timingOf(samples: readonly number[]): Timing {
  return { median: median(samples), min: Math.min(...samples), samples };
}

/** The median. For an even number of values, the mean of the middle two. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/**
 * Median of the ratios of each round, which is more stable than the ratio of medians. Rounds in
 * which only one of the two was timed are ignored.
 */
export function pairedRatio(numerator: Timing, denominator: Timing): number {
  return median(numerator.samples.flatMap((value, i) => {
    const other = denominator.samples[i];
    return other === undefined ? [] : [value / other];
  }));
}
