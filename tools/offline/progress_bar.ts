/** `ProgressBar` of `@std/cli/unstable-progress-bar`; see README.md. */

/** Argument of a formatter at each redraw. */
export interface ProgressBarFormatter {
  /** The time since the start, as `mm:ss`. */
  readonly styledTime: string;
  /** Progress in bytes, as `done/max KiB`. */
  readonly styledData: string;
  readonly progressBar: string;
  /** Milliseconds since the start. */
  readonly time: number;
  readonly previousTime: number;
  readonly value: number;
  readonly previousValue: number;
  readonly max: number;
}

/** Options for `ProgressBar`. */
export interface ProgressBarOptions {
  readonly writable?: WritableStream<Uint8Array>;
  readonly value?: number;
  readonly max: number;
  readonly barLength?: number;
  readonly fillChar?: string;
  readonly emptyChar?: string;
  /** Whether to clear the bar when it stops. */
  readonly clear?: boolean;
  readonly formatter?: (formatter: ProgressBarFormatter) => string;
  /** Whether to keep the stream open when the bar stops. */
  readonly keepOpen?: boolean;
  readonly interval?: number;
}

const CLEAR_LINE = "\r\x1b[K";

/** A bar that redraws itself until it is stopped. */
export class ProgressBar {
  /** Current value. */
  value: number;
  /** Maximum value. */
  max: number;
  readonly #options: ProgressBarOptions;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #startTime = performance.now();
  #previousTime = 0;
  #previousValue: number;
  #writing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: ProgressBarOptions) {
    this.#options = options;
    this.value = options.value ?? 0;
    this.max = options.max;
    this.#previousValue = this.value;
    this.#writer = (options.writable ?? Deno.stderr.writable).getWriter();
    this.#timer = setInterval(() => this.#draw(), options.interval ?? 1000);
    this.#draw();
  }

  /** Draws the bar a last time and releases the stream. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    if (this.#options.clear) {
      this.#write(CLEAR_LINE);
    } else {
      this.#draw();
      this.#write("\n");
    }
    await this.#writing;
    this.#writer.releaseLock();
    if (this.#options.keepOpen === false) {
      await (this.#options.writable ?? Deno.stderr.writable).close();
    }
  }

  #draw(): void {
    const time = performance.now() - this.#startTime;
    const formatter = this.#options.formatter ?? defaultFormat;
    const line = formatter({
      styledTime: styleTime(time),
      styledData: styleData(this.value, this.max),
      progressBar: this.#bar(),
      time,
      previousTime: this.#previousTime,
      value: this.value,
      previousValue: this.#previousValue,
      max: this.max,
    });
    this.#previousTime = time;
    this.#previousValue = this.value;
    this.#write(CLEAR_LINE + line);
  }

  #bar(): string {
    const { barLength = 50, fillChar = "#", emptyChar = "-" } = this.#options;
    const share = this.max === 0 ? 1 : Math.min(1, Math.max(0, this.value / this.max));
    const filled = Math.trunc(share * barLength);
    return fillChar.repeat(filled) + emptyChar.repeat(barLength - filled);
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#writing = this.#writing.then(() => this.#writer.write(bytes)).catch(() => {});
  }
}

function defaultFormat({ styledTime, progressBar, styledData }: ProgressBarFormatter): string {
  return `[${styledTime}] [${progressBar}] [${styledData}]`;
}

function styleTime(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  const pad = (part: number) => String(part).padStart(2, "0");
  return `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
}

function styleData(value: number, max: number): string {
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  const exponent = Math.floor(Math.log2(Math.max(1, max)) / 10);
  const index = Math.min(units.length, Math.max(1, exponent));
  const scaled = (bytes: number) => (bytes / 2 ** (10 * index)).toFixed(2);
  return `${scaled(value)}/${scaled(max)} ${units[index - 1]}`;
}
