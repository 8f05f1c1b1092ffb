import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { escapeName } from "../checkpoint/mod.ts";
import { fitProgress } from "./fit_line.ts";
import { isRedrawable, note, redrawableError, terminalColumns } from "./output.ts";
import type { Styled } from "./styled.ts";

/** How far something is, in words and for a progress bar. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly text: string;
}

/** Shows the progress of a run. */
export interface Display {
  /** Prints a permanent line. */
  line(text: Styled): Promise<void>;
  /** Shows how far training or a download is. */
  show(progress: () => Progress): void;
  /** Removes everything that is not permanent. */
  stop(): Promise<void>;
}

/** Shows nothing. */
export const silent: Display = {
  line: () => Promise.resolve(),
  show: () => {},
  stop: () => Promise.resolve(),
};

/** The display that fits standard error: a bar on a terminal, plain lines elsewhere. */
export function openDisplay({ quiet }: { readonly quiet: boolean }): Display {
  if (quiet) return silent;
  return isRedrawable() ? new TerminalDisplay() : new PlainDisplay();
}

/** A bar that redraws itself on a terminal, below permanent lines, as wide as the terminal allows. */
export class TerminalDisplay implements Display {
  #bar: ProgressBar | undefined;
  #stopping: Promise<void> | undefined;
  #text = "";
  /** Lines to print when the bar is gone, before the next progress can show it again. */
  #lines: Styled[] = [];

  /** Prints a line in place of the bar. The next progress shows the bar again. */
  async line(text: Styled): Promise<void> {
    this.#lines.push(text);
    await this.stop();
  }

  show(progress: () => Progress): void {
    const { done, total, text } = progress();
    this.#text = escapeName(text);
    if (this.#stopping) return;
    this.#bar ??= new ProgressBar({
      writable: redrawableError(),
      max: total,
      barLength: 24,
      fillChar: "━",
      emptyChar: "╌",
      clear: true,
      interval: 100,
      formatter: ({ progressBar }) => fitProgress(progressBar, this.#text, terminalColumns()),
    });
    this.#bar.max = total;
    this.#bar.value = done;
  }

  async stop(): Promise<void> {
    // a bar holds the terminal until it is stopped, which works only once
    this.#stopping ??= this.#bar?.stop().finally(() => {
      this.#bar = this.#stopping = undefined;
      this.#printLines();
    });
    if (this.#stopping === undefined) this.#printLines();
    await this.#stopping;
  }

  #printLines(): void {
    for (const line of this.#lines.splice(0)) note(line);
  }
}

/** Prints a plain line at intervals, for logs. */
export class PlainDisplay implements Display {
  readonly #everyMs: number;
  #last = performance.now();

  constructor(everyMs = 5000) {
    this.#everyMs = everyMs;
  }

  line(text: Styled): Promise<void> {
    this.#last = performance.now();
    note(text);
    return Promise.resolve();
  }

  show(progress: () => Progress): void {
    if (performance.now() - this.#last < this.#everyMs) return;
    void this.line(progress().text);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
