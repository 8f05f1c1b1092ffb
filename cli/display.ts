import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { escapeName } from "../checkpoint/mod.ts";
import type { DownloadProgress } from "../datasets/mod.ts";
import { duration, percent, thousands } from "./format.ts";
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
