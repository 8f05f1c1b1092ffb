/** Default time between checkpoints, in milliseconds. */
const LONGEST = { withinEpoch: 60_000, atItsEnd: 5_000 } as const;

/** Decides when the next checkpoint of an arm is due. This does not affect the results. */
export class CheckpointClock {
  readonly #every: number | null;
  readonly #now: () => number;
  #last: number;

  /** A checkpoint is due after `every` steps, or based on `now`, a time in milliseconds. */
  constructor(every: number | null, now: () => number = () => performance.now()) {
    this.#every = every;
    this.#now = now;
    this.#last = now();
  }

  /** The next step after which a checkpoint is due. */
  nextStep(step: number): number {
    return this.#every === null ? Infinity : (Math.floor(step / this.#every) + 1) * this.#every;
  }

  /** Whether a checkpoint is due after this step. */
  isDue(step: number, epochEnds: boolean): boolean {
    if (this.#every !== null) return step % this.#every === 0;
    const longest = epochEnds ? LONGEST.atItsEnd : LONGEST.withinEpoch;
    return this.#now() - this.#last > longest;
  }

  /** Records that a checkpoint was written. */
  written(): void {
    this.#last = this.#now();
  }
}
