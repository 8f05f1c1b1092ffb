/** `ProgressBar` of `@std/cli/unstable-progress-bar`; see README.md. */

/** Options for `ProgressBar`. */
export interface ProgressBarOptions {
  readonly writable: WritableStream<Uint8Array>;
  readonly max: number;
  readonly barLength: number;
  readonly fillChar: string;
  readonly emptyChar: string;
  /** Clear the bar when it stops. */
  readonly clear: true;
  /** Milliseconds between redraws. */
  readonly interval: number;
  readonly formatter: (parts: { readonly progressBar: string }) => string;
}

const CLEAR_LINE = "\r\x1b[K";

/** A bar that redraws itself until it is stopped. */
export class ProgressBar {
  /** Current value. */
  value = 0;
  /** Maximum value. */
  max: number;
  readonly #options: ProgressBarOptions;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #timer: ReturnType<typeof setInterval>;
  #writing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: ProgressBarOptions) {
    this.#options = options;
    this.max = options.max;
    this.#writer = options.writable.getWriter();
    this.#timer = setInterval(() => this.#draw(), options.interval);
    this.#draw();
  }

  /** Clears the bar and releases the stream. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#write(CLEAR_LINE);
    await this.#writing;
    this.#writer.releaseLock();
  }

  #draw(): void {
    const { barLength, fillChar, emptyChar, formatter } = this.#options;
    const share = this.max === 0 ? 1 : Math.min(1, Math.max(0, this.value / this.max));
    const filled = Math.trunc(share * barLength);
    const progressBar = fillChar.repeat(filled) + emptyChar.repeat(barLength - filled);
    this.#write(CLEAR_LINE + formatter({ progressBar }));
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#writing = this.#writing.then(() => this.#writer.write(bytes)).catch(() => {});
  }
}
