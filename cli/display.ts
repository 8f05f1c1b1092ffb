import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { escapeName } from "../checkpoint/mod.ts";
import type { DownloadProgress } from "../datasets/mod.ts";
import { isRedrawable, note, redrawableError } from "./output.ts";

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
  /** A line that stays, also if nothing else is to be shown. */
  warn(text: string): void;
  /** Where the run is now. */
  update(progress: Progress): void;
  /** How far a download is. */
  download(progress: DownloadProgress): void;
  /** Takes back what does not stay. */
  stop(): Promise<void>;
}

/** Shows nothing. */
export const silent: Display = {
  line: () => Promise.resolve(),
  warn,
  update: () => {},
  download: () => {},
  stop: () => Promise.resolve(),
};

function warn(text: string): void {
  note(`warning: ${text}`);
}

/** The display that fits standard error: a bar on a terminal, plain lines elsewhere. */
export function openDisplay({ quiet }: { readonly quiet: boolean }): Display {
  if (quiet) return silent;
  return isRedrawable() ? new TerminalDisplay() : new PlainDisplay();
}

/** A bar that redraws itself on a terminal, with lines above it that stay. */
export class TerminalDisplay implements Display {
  #bar: ProgressBar | undefined;
  #stopping: Promise<void> | undefined;
  #text = "";

  /** Prints a line in the place of the bar, which comes back with the next update. */
  async line(text: string): Promise<void> {
    await this.stop();
    note(text);
  }

  warn(text: string): void {
    warn(text);
  }

  update(progress: Progress): void {
    this.#show(progress.step, progress.steps, describe(progress));
  }

  download(progress: DownloadProgress): void {
    this.#show(progress.receivedBytes, progress.totalBytes, describeDownload(progress));
  }

  #show(value: number, max: number, text: string): void {
    this.#text = escapeName(text);
    if (this.#stopping) return;
    this.#bar ??= new ProgressBar({
      writable: redrawableError(),
      max,
      barLength: 24,
      fillChar: "━",
      emptyChar: "╌",
      clear: true,
      interval: 100,
      formatter: ({ progressBar }) => `${progressBar} ${this.#text}`,
    });
    this.#bar.max = max;
    this.#bar.value = value;
  }

  async stop(): Promise<void> {
    // a bar holds the terminal until it is gone, and can be stopped only once
    this.#stopping ??= this.#bar?.stop().finally(() => {
      this.#bar = this.#stopping = undefined;
    });
    await this.#stopping;
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
    note(text);
    return Promise.resolve();
  }

  warn(text: string): void {
    warn(text);
  }

  update(progress: Progress): void {
    this.#sometimes(() => describe(progress));
  }

  download(progress: DownloadProgress): void {
    this.#sometimes(() => describeDownload(progress));
  }

  #sometimes(text: () => string): void {
    if (performance.now() - this.#last < this.#everyMs) return;
    this.#last = performance.now();
    note(text());
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

function describeDownload({ file, url, receivedBytes, totalBytes }: DownloadProgress): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const { host } = new URL(url);
  return `downloading ${file} from ${host}  ${megabytes(receivedBytes)} of ${
    megabytes(totalBytes)
  } MB`;
}

/** `12.34 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** A number as `show` shows it; a dash for none, and for one that is not finite. */
export function orDash(
  value: number | null | undefined,
  show: (value: number) => string,
): string {
  return typeof value === "number" && Number.isFinite(value) ? show(value) : "–";
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

/** How long something took: `12.3 s`, then as `duration`. */
export function timeTaken(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.join(", ").replace(/, (?=[^,]*$)/, " and ");
}
