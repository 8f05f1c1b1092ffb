/** How long an arm may train without a checkpoint if no number of steps is told, in milliseconds. */
const LONGEST = { withinEpoch: 60_000, atItsEnd: 5_000 } as const;

/** Says when an arm's next checkpoint is due. When that is changes nothing but what is kept. */
export class CheckpointClock {
  readonly #every: number | null;
  readonly #now: () => number;
  #last: number;

  /** `every` so many steps, or now and then; `now` is a time in milliseconds. */
  constructor(every: number | null, now: () => number = () => performance.now()) {
    this.#every = every;
    this.#now = now;
    this.#last = now();
  }

  /** The next step after which a checkpoint must be written. */
  nextStep(step: number): number {
    return this.#every === null ? Infinity : (Math.floor(step / this.#every) + 1) * this.#every;
  }

  /** Is one due after so many steps? */
  isDue(step: number, epochEnds: boolean): boolean {
    if (this.#every !== null) return step % this.#every === 0;
    const longest = epochEnds ? LONGEST.atItsEnd : LONGEST.withinEpoch;
    return this.#now() - this.#last > longest;
  }

  /** Must be called when one was written. */
  written(): void {
    this.#last = this.#now();
  }
}
