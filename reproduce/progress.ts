import { TerminalDisplay } from "../cli/display.ts";
import { duration } from "../cli/format.ts";
import { isRedrawable } from "../cli/output.ts";
import { prose } from "../cli/styled.ts";
import { mean } from "./statistics.ts";
import type { PlacedPoint } from "./sweep.ts";

/** Shows the progress of a sweep and its remaining time. */
export class Progress {
  /** Total number of runs of the sweep. */
  total = 0;
  readonly #jobs: number;
  readonly #display = new TerminalDisplay();
  readonly #running = new Map<PlacedPoint, number>();
  readonly #seconds: number[] = [];
  #done = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #fraction = 0;

  /** Creates the display of a sweep with this number of parallel runs. */
  constructor(jobs: number) {
    this.#jobs = jobs;
  }

  /** Shows a progress bar, if there is a terminal. */
  start(): void {
    if (!isRedrawable()) return;
    this.#timer = setInterval(() => void this.#refresh(), 1000);
  }

  /** Records the start of a run. */
  begin(placed: PlacedPoint): void {
    this.#running.set(placed, performance.now());
  }

  /** Records the result of a run. `found`: the result existed before. */
  async end(placed: PlacedPoint, words: string, found: boolean): Promise<void> {
    this.#done++;
    const start = this.#running.get(placed);
    this.#running.delete(placed);
    if (start !== undefined) this.#seconds.push((performance.now() - start) / 1000);
    if (found) return;
    const left = this.#remaining();
    const eta = left === undefined || this.#done >= this.total ? "" : `  ETA ${duration(left)}`;
    await this.#display.line([prose(`${this.#done}/${this.total}  ${words}${eta}`)]);
  }

  /** Removes the bar. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#display.stop();
  }

  async #refresh(): Promise<void> {
    const fractions = await Promise.all([...this.#running.keys()].map(fractionDone));
    this.#fraction = fractions.reduce((sum, part) => sum + part, 0);
    const left = this.#remaining();
    const eta = left === undefined ? "" : `  ETA ${duration(left)}`;
    const text = `${this.#done} of ${this.total} runs, ${this.#running.size} running${eta}`;
    this.#display.show(() => ({ done: this.#done + this.#fraction, total: this.total, text }));
  }

  /** Estimated seconds until all is done; `undefined` until a run has finished. */
  #remaining(): number | undefined {
    const average = mean(this.#seconds);
    if (average === null) return undefined;
    return (this.total - this.#done - this.#fraction) * average / this.#jobs;
  }
}

/** The share of a run that is done, from its last line of metrics; 0 without one. */
async function fractionDone({ folder, point: { settings } }: PlacedPoint): Promise<number> {
  const last = (await folder.curve().catch(() => [])).at(-1);
  if (!last) return 0;
  const { steps, epochs } = settings;
  if (typeof steps === "number") return Math.min(1, last.step / steps);
  return typeof epochs === "number" ? Math.min(1, last.epoch / epochs) : 0;
}
