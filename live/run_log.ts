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

/**
 * The lines of a file that another process appends to. Such a file may be missing at first,
 * its last line may be half written, and a run that is resumed replaces it by a shorter one.
 */
export class RunLog {
  readonly #path: string;
  #lines: string[] = [];
  #generation = 0;
  #inode: number | null = null;
  #offset = 0;
  #rest = "";
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
    const before = this.#lines.length;
    await file.seek(this.#offset, Deno.SeekMode.Start);
    const buffer = new Uint8Array(CHUNK);
    for (let count = await file.read(buffer); count; count = await file.read(buffer)) {
      this.#offset += count;
      this.#add(this.#decoder.decode(buffer.subarray(0, count), { stream: true }));
    }
    return replaced || this.#lines.length > before;
  }

  /** At most `most` lines behind a cursor; `undefined` if there are none. */
  after({ generation, index }: Cursor, most: number): Lines | undefined {
    const reset = generation !== this.#generation;
    const from = reset ? 0 : index;
    const lines = this.#lines.slice(from, from + most);
    if (lines.length === 0 && !reset) return undefined;
    return { reset, lines, next: { generation: this.#generation, index: from + lines.length } };
  }

  #beginAnew(inode: number | null): void {
    if (this.#inode !== null) this.#generation++;
    this.#inode = inode;
    this.#offset = 0;
    this.#lines = [];
    this.#rest = "";
    this.#decoder = new TextDecoder();
  }

  #add(text: string): void {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const line of parts) if (isObject(line)) this.#lines.push(line);
  }
}

/** A line that a machine going down has torn is left out. */
function isObject(line: string): boolean {
  try {
    const data: unknown = JSON.parse(line);
    return typeof data === "object" && data !== null && !Array.isArray(data);
  } catch {
    return false;
  }
}

/** A run that is being made, or whose folder is gone. */
function missing(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
  throw error;
}
