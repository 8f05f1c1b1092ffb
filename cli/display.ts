import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { escapeName } from "../checkpoint/mod.ts";
import type { DownloadProgress } from "../datasets/mod.ts";
import { isRedrawable, note, redrawableError } from "./output.ts";

/** The position of a run, for the progress display. */
export interface Progress {
  readonly arm: string;
  /** The current epoch, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch, and steps of a whole epoch. */
  readonly step: number;
  readonly steps: number;
  /** Means since the start of the epoch. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  /** Estimated seconds until the whole run is done. */
  readonly remainingSeconds: number;
}

/** Shows the progress of a run. */
export interface Display {
  /** Prints a permanent line. */
  line(text: string): Promise<void>;
  /** Prints a warning, also on a silent display. */
  warn(text: string): void;
  /** Shows the progress of training. */
  update(progress: Progress): void;
  /** Shows the progress of a download. */
  download(progress: DownloadProgress): void;
  /** Removes everything that is not permanent. */
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

/** A bar that redraws itself on a terminal, below permanent lines. */
export class TerminalDisplay implements Display {
  #bar: ProgressBar | undefined;
  #stopping: Promise<void> | undefined;
  #text = "";

  /** Prints a line in place of the bar. The next update shows the bar again. */
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
    // a bar holds the terminal until it is stopped, which works only once
    this.#stopping ??= this.#bar?.stop().finally(() => {
      this.#bar = this.#stopping = undefined;
    });
    await this.#stopping;
  }
}

/** Prints a plain line at intervals, for logs. */
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

/** Formats a number with `show`; a dash if it is missing or not finite. */
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

/** A duration as `12.3 s` below a minute, and as `duration` formats it above. */
export function timeTaken(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

/** `a`, `a and b`, `a, b, and c`. */
export function listed(names: readonly string[]): string {
  if (names.length < 3) return names.join(" and ");
  return `${names.slice(0, -1).join(", ")}, and ${names.at(-1)}`;
}
