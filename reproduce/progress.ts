import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { duration } from "../cli/format.ts";
import { isRedrawable, redrawableError } from "../cli/output.ts";
import type { PlacedPoint } from "./sweep.ts";

/** A key of runs that take about the same time. */
function kindOf({ point: { arm, axes } }: PlacedPoint): string {
  return JSON.stringify([arm, axes]);
}

/** Shows the progress of a sweep and its remaining time. */
export class Progress {
  /** Total number of runs of the sweep. */
  total = 0;
  readonly #jobs: number;
  readonly #show: (line: string) => void;
  readonly #running = new Map<PlacedPoint, number>();
  readonly #times = new Map<string, number[]>();
  #done = 0;
  #bar: ProgressBar | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #text = "";
  #fraction = 0;

  /** `show` prints permanent lines. */
  constructor(jobs: number, show: (line: string) => void) {
    this.#jobs = jobs;
    this.#show = show;
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
    if (start !== undefined) {
      const kind = kindOf(placed);
      const seconds = (performance.now() - start) / 1000;
      this.#times.set(kind, [...this.#times.get(kind) ?? [], seconds]);
    }
    if (found) return;
    await this.#hideBar();
    const left = this.#remaining();
    const eta = left === undefined || this.#done >= this.total ? "" : `  ETA ${duration(left)}`;
    this.#show(`${this.#done}/${this.total}  ${words}${eta}`);
  }

  /** Removes the bar. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#hideBar();
  }

  async #hideBar(): Promise<void> {
    await this.#bar?.stop();
    this.#bar = undefined;
  }

  async #refresh(): Promise<void> {
    const fractions = await Promise.all([...this.#running.keys()].map(fractionDone));
    this.#fraction = fractions.reduce((sum, part) => sum + part, 0);
    const left = this.#remaining();
    const eta = left === undefined ? "" : `  ETA ${duration(left)}`;
    this.#text = `${this.#done} of ${this.total} runs, ${this.#running.size} running${eta}`;
    this.#bar ??= new ProgressBar({
      writable: redrawableError(),
      max: this.total,
      barLength: 24,
      fillChar: "━",
      emptyChar: "╌",
      clear: true,
      interval: 500,
      formatter: ({ progressBar }) => `${progressBar} ${this.#text}`,
    });
    this.#bar.max = this.total;
    this.#bar.value = this.#done + this.#fraction;
  }

  /** Estimated seconds until all is done; `undefined` until a run has finished. */
  #remaining(): number | undefined {
    const all = [...this.#times.values()].flat();
    if (all.length === 0) return undefined;
    const mean = all.reduce((sum, seconds) => sum + seconds, 0) / all.length;
    return (this.total - this.#done - this.#fraction) * mean / this.#jobs;
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
