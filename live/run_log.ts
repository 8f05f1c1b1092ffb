import { MetricsError, readMetric } from "../metrics/mod.ts";
import { type Line, thinOut } from "./thin_out.ts";

/** Where a reader of a log is. */
export interface Cursor {
  /** Number of times that the log had begun anew; −1 before the first read. */
  readonly generation: number;
  /** Number of lines read. */
  readonly index: number;
}

/** Lines for a reader that stood at a cursor. */
export interface Lines {
  /** Must what was read before be forgotten? */
  readonly reset: boolean;
  /** JSON texts, one metric each. */
  readonly lines: readonly string[];
  readonly next: Cursor;
}

/** Before anything was read. */
export const start: Cursor = { generation: -1, index: 0 };

/** Bytes that are read at a time. */
const CHUNK = 1 << 16;

/** Lines of one kind and optimizer after which they are thinned out, to half as many. */
const MOST = 3000;

/**
 * The lines of a file that another process appends to. Such a file may be missing at first,
 * its last line may be half written, and a run that is resumed replaces it by a shorter one.
 * Of a long file so many lines are kept as charts can show: a page would draw 100,000 of them so
 * slowly that it would never be ready for the next ones.
 */
export class RunLog {
  readonly #path: string;
  #lines: Line[] = [];
  /** How many lines there are of each group. */
  #counts = new Map<string, number>();
  #generation = 0;
  #inode: number | null = null;
  #offset = 0;
  /** The pieces of the last line, which has no end yet. */
  #pieces: string[] = [];
  #decoder = new TextDecoder();

  /** Nothing is read before `poll`. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Reads what was appended; resolves to whether there is anything new. */
  async poll(): Promise<boolean> {
    const file = await Deno.open(this.#path).catch(missing);
    if (!file) return false;
    using _closed = file;
    const { ino, size } = await file.stat();
    const replaced = ino !== this.#inode || size < this.#offset;
    if (replaced) this.#beginAnew(ino);
    let news = replaced;
    await file.seek(this.#offset, Deno.SeekMode.Start);
    const buffer = new Uint8Array(CHUNK);
    for (let count = await file.read(buffer); count; count = await file.read(buffer)) {
      this.#offset += count;
      const text = this.#decoder.decode(buffer.subarray(0, count), { stream: true });
      news = this.#add(text) || news;
    }
    return news;
  }

  /** The lines behind a cursor; `undefined` if there are none. */
  after({ generation, index }: Cursor): Lines | undefined {
    const reset = generation !== this.#generation;
    const lines = this.#lines.slice(reset ? 0 : index).map((line) => JSON.stringify(line));
    if (lines.length === 0 && !reset) return undefined;
    return { reset, lines, next: { generation: this.#generation, index: this.#lines.length } };
  }

  #beginAnew(inode: number | null): void {
    this.#generation++;
    this.#inode = inode;
    this.#offset = 0;
    this.#lines = [];
    this.#counts.clear();
    this.#pieces = [];
    this.#decoder = new TextDecoder();
  }

  /**
   * Adds a piece of the file; returns whether it ends any line. Only the piece itself is searched,
   * so that a line costs time in proportion to its length, however many pieces it comes in.
   */
  #add(text: string): boolean {
    const [first = "", ...others] = text.split("\n");
    this.#pieces.push(first);
    for (const part of others) {
      this.#addLine(this.#pieces.join(""));
      this.#pieces = [part];
    }
    return others.length > 0;
  }

  #addLine(text: string): void {
    const line = parseLine(text);
    if (!line) return;
    const group = groupOf(line);
    const count = (this.#counts.get(group) ?? 0) + 1;
    this.#lines.push(line);
    this.#counts.set(group, count);
    if (count > MOST) this.#thinOut(group);
  }

  /** Readers begin anew then. The page takes lines of different groups in any order. */
  #thinOut(group: string): void {
    const { mine = [], others = [] } = Object.groupBy(
      this.#lines,
      (line) => groupOf(line) === group ? "mine" : "others",
    );
    const kept = thinOut(mine, MOST / 2);
    this.#lines = [...others, ...kept];
    this.#counts.set(group, kept.length);
    this.#generation++;
  }
}

function groupOf({ kind, arm }: Line): string {
  return `${kind} ${arm}`;
}

/** A line that is not a metric, such as one that a machine going down has torn, is left out. */
function parseLine(text: string): Line | undefined {
  try {
    return { ...readMetric(text).data };
  } catch (error) {
    if (error instanceof MetricsError) return undefined;
    throw error;
  }
}

/** A run that is being made, or whose folder is gone. */
function missing(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
  throw error;
}
