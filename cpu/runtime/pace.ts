/**
 * Measures whether workers speed up a program. On a busy machine they may not, because the main
 * thread waits for threads that are not scheduled. Results are the same either way.
 */

/** Number of runs in a trial of the slower mode. */
const TRIAL_RUNS = 4;

/** Number of runs of the faster mode that are timed as one window. */
const WINDOW_RUNS = 16;

/** Windows until the slower mode is tried again: frequently at first, then rarely. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 32;

/** Whether a run uses workers. */
export type Mode = "parallel" | "serial";

const others = { parallel: "serial", serial: "parallel" } as const;

/** Chooses whether to use workers, based on the times of earlier runs. */
export class Pace {
  /** Mean time of the last runs in each mode. */
  readonly #meanMs: Record<Mode, number> = { parallel: Infinity, serial: Infinity };
  #faster: Mode = "parallel";
  #current: Mode = "parallel";
  #runs = 0;
  #sumMs = 0;
  #pause = FIRST_PAUSE;
  #windowsLeft = FIRST_PAUSE;

  /** The mode to use for the next run. */
  get mode(): Mode {
    return this.#current;
  }

  /** Records the time of a run in the mode that {@linkcode mode} returned. */
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
    // A window slower than the other mode ever was means that conditions have changed.
    const isDue = this.#windowsLeft <= 0 || (!isTrial && mean > other);
    this.#current = isDue ? others[this.#faster] : this.#faster;
  }

  #decide(): void {
    const { parallel, serial } = this.#meanMs;
    const faster = parallel <= serial ? "parallel" : "serial";
    this.#pause = faster === this.#faster ? Math.min(LONGEST_PAUSE, 2 * this.#pause) : FIRST_PAUSE;
    this.#windowsLeft = this.#pause;
    this.#faster = faster;
  }
}
