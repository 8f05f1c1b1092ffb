import { MetricsError, readMetric } from "../metrics/mod.ts";
import { type Line, thinOut, withoutHistograms } from "./thin_out.ts";

/** Position of a reader in a log. */
export interface Cursor {
  /** Number of times that the log was restarted; −1 before the first read. */
  readonly generation: number;
  /** Number of lines read. */
  readonly index: number;
}

/** New lines for a reader. */
interface Lines {
  /** Whether the reader must discard all earlier lines. */
  readonly reset: boolean;
  /** Lines as JSON, one metric each. */
  readonly lines: readonly string[];
  readonly next: Cursor;
}

/** The position before the first line. */
export const start: Cursor = { generation: -1, index: 0 };

/** Number of bytes to read at a time. */
const CHUNK = 1 << 16;

/** Maximum number of lines of one kind and optimizer; more are thinned out to half as many. */
const MOST = 3000;

/**
 * The lines of a `metrics.jsonl` that another process appends to. The file may not exist yet, its
 * last line may be incomplete, and a resumed run replaces it with a shorter one. Of a long file,
 * only as many lines are kept as charts can show: drawing 100,000 lines would take longer than the
 * time between updates.
 */
export class RunLog {
  readonly #path: string;
  #lines: Line[] = [];
  /** Number of lines of each group. */
  #counts = new Map<string, number>();
  #generation = 0;
  #inode: number | null = null;
  #offset = 0;
  /** Pieces of the last line, which is incomplete. */
  #pieces: string[] = [];
  #decoder = new TextDecoder();

  /** Reads nothing until `poll`. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Reads appended lines. Resolves to whether there is anything new. */
  async poll(): Promise<boolean> {
    const file = await Deno.open(this.#path).catch(missing);
    if (!file) return false;
    using _closed = file;
    const { ino, size } = await file.stat();
    const replaced = ino !== this.#inode || size < this.#offset;
    if (replaced) this.#restart(ino);
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

  /** Returns the lines after a cursor; `undefined` if there are none. */
  after({ generation, index }: Cursor): Lines | undefined {
    const reset = generation !== this.#generation;
    const lines = this.#lines.slice(reset ? 0 : index).map((line) => JSON.stringify(line));
    if (lines.length === 0 && !reset) return undefined;
    return { reset, lines, next: { generation: this.#generation, index: this.#lines.length } };
  }

  #restart(inode: number | null): void {
    this.#generation++;
    this.#inode = inode;
    this.#offset = 0;
    this.#lines = [];
    this.#counts.clear();
    this.#pieces = [];
    this.#decoder = new TextDecoder();
  }

  /**
   * Adds a piece of the file and returns whether it completes a line. Only the piece itself is
   * searched, so the cost of a line is linear in its length, however many pieces there are.
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
    if (line.parameters) this.#dropHistograms(group);
    const count = (this.#counts.get(group) ?? 0) + 1;
    this.#lines.push(line);
    this.#counts.set(group, count);
    if (count > MOST) this.#thinOut(group);
  }

  /** Drops the histograms of the last line of a group, which is not the last one any more. */
  #dropHistograms(group: string): void {
    const last = this.#lines.findLastIndex((line) => groupOf(line) === group);
    if (last >= 0) this.#lines[last] = withoutHistograms(this.#lines[last]!);
  }

  /** Thins out a group. Readers then restart. The page accepts groups in any order. */
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

/** Parses a line. Skips lines that are not metrics, for example after a crash of the machine. */
function parseLine(text: string): Line | undefined {
  try {
    return { ...readMetric(text).data };
  } catch (error) {
    if (error instanceof MetricsError) return undefined;
    throw error;
  }
}

/** Ignores a file that does not exist yet, or whose folder was removed. */
function missing(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
  throw error;
}
