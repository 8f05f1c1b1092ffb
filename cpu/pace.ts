/**
 * Finds out whether workers help. On a busy machine they may not: the main thread then
 * waits for threads that have no processor. Results are the same either way.
 */

/** Runs of a trial of the kind that was slower. */
const TRIAL_RUNS = 4;

/** Runs of the kind that was faster that are timed together. */
const WINDOW_RUNS = 16;

/** Windows until the kind that was slower is tried again: at first soon, then seldom. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 32;

/** With workers, or without. */
export type Company = "together" | "alone";

const others = { together: "alone", alone: "together" } as const;

/** Chooses by the times of earlier runs. */
export class Pace {
  /** Means of the last runs of each kind. */
  readonly #meanMs: Record<Company, number> = { together: Infinity, alone: Infinity };
  #faster: Company = "together";
  #current: Company = "together";
  #runs = 0;
  #sumMs = 0;
  #pause = FIRST_PAUSE;
  #windowsLeft = FIRST_PAUSE;

  /** How the next run had better be done. */
  get company(): Company {
    return this.#current;
  }

  /** Takes note of a run that was done as {@linkcode company} says. */
  record(elapsedMs: number): void {
    this.#sumMs += elapsedMs;
    this.#runs++;
    const isTrial = this.#current !== this.#faster;
    if (this.#runs < (isTrial ? TRIAL_RUNS : WINDOW_RUNS)) return;
    this.#meanMs[this.#current] = this.#sumMs / this.#runs;
    [this.#runs, this.#sumMs] = [0, 0];
    if (isTrial) this.#decide();
    else this.#windowsLeft--;
    const { [this.#faster]: mean, [others[this.#faster]]: other } = this.#meanMs;
    // A window slower than the other kind ever was: things have changed.
    const isDue = this.#windowsLeft <= 0 || (!isTrial && mean > other);
    this.#current = isDue ? others[this.#faster] : this.#faster;
  }

  #decide(): void {
    const { together, alone } = this.#meanMs;
    const faster = together <= alone ? "together" : "alone";
    this.#pause = faster === this.#faster ? Math.min(LONGEST_PAUSE, 2 * this.#pause) : FIRST_PAUSE;
    this.#windowsLeft = this.#pause;
    this.#faster = faster;
  }
}
