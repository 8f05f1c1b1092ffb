import { ProgressBar } from "@std/cli/unstable-progress-bar";

/** Where a run is, for the progress display. */
export interface Progress {
  readonly arm: string;
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch, and all of it. */
  readonly step: number;
  readonly steps: number;
  /** Means since the epoch began. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  /** Seconds until everything is done, if it goes on like this. */
  readonly remainingSeconds: number;
}

/** Shows how a run goes on. */
export interface Display {
  /** A line that stays. */
  line(text: string): Promise<void>;
  /** Where the run is now. */
  update(progress: Progress): void;
  /** Takes back what does not stay. */
  stop(): Promise<void>;
}

/** Shows nothing. */
export const silent: Display = {
  line: () => Promise.resolve(),
  update: () => {},
  stop: () => Promise.resolve(),
};

/** A bar that redraws itself on a terminal, with lines above it that stay. */
export class TerminalDisplay implements Display {
  #bar: ProgressBar | undefined;
  #progress: Progress | undefined;

  /** Prints a line in the place of the bar, which comes back with the next update. */
  async line(text: string): Promise<void> {
    await this.stop();
    console.error(text);
  }

  update(progress: Progress): void {
    this.#progress = progress;
    this.#bar ??= new ProgressBar({
      max: progress.steps,
      barLength: 24,
      fillChar: "━",
      emptyChar: "╌",
      clear: true,
      interval: 100,
      formatter: ({ progressBar }) => this.#text(progressBar),
    });
    this.#bar.max = progress.steps;
    this.#bar.value = progress.step;
  }

  async stop(): Promise<void> {
    await this.#bar?.stop();
    this.#bar = undefined;
  }

  #text(bar: string): string {
    return this.#progress ? `${bar} ${describe(this.#progress)}` : bar;
  }
}

/** One plain line now and then, for logs. */
export class PlainDisplay implements Display {
  readonly #everyMs: number;
  #last = performance.now();

  constructor(everyMs = 5000) {
    this.#everyMs = everyMs;
  }

  line(text: string): Promise<void> {
    this.#last = performance.now();
    console.error(text);
    return Promise.resolve();
  }

  update(progress: Progress): void {
    if (performance.now() - this.#last < this.#everyMs) return;
    this.#last = performance.now();
    console.error(describe(progress));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

function describe(p: Progress): string {
  return [
    `${p.arm} epoch ${p.epoch}/${p.epochs}`,
    `step ${p.step}/${p.steps}`,
    `loss ${p.loss.toFixed(4)}`,
    `accuracy ${percent(p.accuracy)}`,
    `${thousands(p.imagesPerSecond)} images/s`,
    `ETA ${duration(p.remainingSeconds)}`,
  ].join("  ");
}

/** `12.34 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** `45,000`. */
export function thousands(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1:05` minutes, or `1:02:03` hours. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
