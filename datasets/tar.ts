/**
 * Reads named members of a tar archive into memory.
 *
 * Nothing is ever written and no name from an archive becomes a path, so an archive cannot reach the
 * disk. Parsing is strict nevertheless: an archive with anything unusual is not a published one, and
 * is rejected as a whole.
 * @module
 */
import { DatasetError } from "./dataset.ts";

/** What to read. */
interface TarRequest {
  /** Name of the dataset, for error messages. */
  readonly dataset: string;
  /** Names of the members to keep, with the maximum size of each in bytes. */
  readonly members: ReadonlyMap<string, number>;
}

const BLOCK_BYTES = 512;
/** Maximum total size of all other members, and of data after the end. */
const OTHER_BYTES = 1 << 20;
/** Maximum number of entries. Published archives have about ten. */
const MOST_ENTRIES = 1000;

/** Whether bytes start with an uncompressed archive. */
export function isTar(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(257, 262)) === "ustar";
}

/** Reads an archive in chunks of any size. */
export class TarReader {
  readonly #request: TarRequest;
  readonly #found = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #names = new Set<string>();
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #blockBytes = 0;
  /** Target of the current member (`undefined` if not wanted), and its remaining bytes. */
  #target: Uint8Array<ArrayBuffer> | undefined;
  #targetBytes = 0;
  #bodyLeft = 0;
  #paddingLeft = 0;
  #otherLeft = OTHER_BYTES;
  #zeroBlocks = 0;

  /** Creates a reader for one archive. */
  constructor(request: TarRequest) {
    this.#request = request;
  }

  /**
   * Takes the next bytes of the archive.
   *
   * @throws {DatasetError} at the first invalid header
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const rest = chunk.subarray(at);
      if (this.#bodyLeft > 0) at += this.#takeBody(rest);
      else if (this.#paddingLeft > 0) at += this.#takePadding(rest);
      else at += this.#takeBlock(rest);
    }
  }

  /**
   * Ends the archive and returns the members found, which may be fewer than requested.
   *
   * @throws {DatasetError} if the archive is truncated
   */
  end(): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
    if (this.#bodyLeft > 0 || this.#paddingLeft > 0 || this.#blockBytes > 0) {
      throw this.#refuse("it must be whole", "archive ends inside a member or header");
    }
    if (this.#zeroBlocks < 2) {
      throw this.#refuse("it must end with two blocks of zeros", `count is ${this.#zeroBlocks}`);
    }
    return this.#found;
  }

  #takeBody(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.#bodyLeft);
    this.#target?.set(taken, this.#targetBytes);
    this.#targetBytes += taken.length;
    this.#bodyLeft -= taken.length;
    return taken.length;
  }

  #takePadding(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#paddingLeft);
    this.#paddingLeft -= taken;
    return taken;
  }

  #takeBlock(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, BLOCK_BYTES - this.#blockBytes);
    this.#block.set(taken, this.#blockBytes);
    this.#blockBytes += taken.length;
    if (this.#blockBytes === BLOCK_BYTES) {
      this.#blockBytes = 0;
      this.#endBlock();
    }
    return taken.length;
  }

  #endBlock(): void {
    if (this.#zeroBlocks >= 2) {
      this.#spendOther(BLOCK_BYTES); // data after the end are not members
    } else if (this.#block.every((byte) => byte === 0)) {
      this.#zeroBlocks++;
    } else if (this.#zeroBlocks > 0) {
      throw this.#refuse("its end is two blocks of zeros", "archive continues after one");
    } else {
      this.#beginMember(readHeader(this.#block, (rule, found) => this.#refuse(rule, found)));
    }
  }

  #beginMember({ name, size, isFolder }: Header): void {
    if (this.#names.has(name)) {
      throw this.#refuse("names must be unique", `name is ${JSON.stringify(name)}`);
    }
    this.#names.add(name);
    if (this.#names.size > MOST_ENTRIES) {
      throw this.#refuse(`it may have at most ${MOST_ENTRIES} entries`, "count is larger");
    }
    const mostBytes = isFolder ? undefined : this.#request.members.get(name);
    if (mostBytes === undefined) {
      this.#spendOther(size);
      this.#target = undefined;
    } else {
      if (size > mostBytes) {
        throw this.#refuse(
          `member ${JSON.stringify(name)} may have at most ${mostBytes} bytes`,
          `size is ${size}`,
        );
      }
      this.#target = new Uint8Array(size);
      this.#found.set(name, this.#target);
    }
    this.#targetBytes = 0;
    this.#bodyLeft = size;
    this.#paddingLeft = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
  }

  #spendOther(bytes: number): void {
    this.#otherLeft -= bytes;
    if (this.#otherLeft < 0) {
      throw this.#refuse(
        `besides its data it may hold at most ${OTHER_BYTES} bytes`,
        "archive holds more",
      );
    }
  }

  #refuse(rule: string, current: string): DatasetError {
    const { dataset } = this.#request;
    return new DatasetError(
      dataset,
      `Cannot read the archive of dataset "${dataset}": ${rule}: current ${current}`,
    );
  }
}

/** The used fields of a header. */
interface Header {
  readonly name: string;
  readonly size: number;
  readonly isFolder: boolean;
}

type Refuse = (rule: string, current: string) => DatasetError;

/** Kinds of entries by type byte, for messages. "0" and NUL are files, "5" is a folder. */
const kinds: ReadonlyMap<string, string> = new Map([
  ["1", "a hard link"],
  ["2", "a symbolic link"],
  ["3", "a character device"],
  ["4", "a block device"],
  ["6", "a pipe"],
  ["7", "a contiguous file"],
  ["x", "a PAX extended header"],
  ["g", "a PAX global header"],
  ["L", "a GNU long name"],
  ["K", "a GNU long link name"],
  ["S", "a GNU sparse file"],
]);

/** Offsets and lengths as in POSIX "ustar". */
function readHeader(block: Uint8Array, refuse: Refuse): Header {
  checkSum(block, refuse);
  const magic = latin1(block.subarray(257, 265));
  const isPosix = magic === "ustar\x0000";
  const isKnown = isPosix || magic === "ustar  \0" || magic === "\0".repeat(8);
  if (!isKnown) throw refuse('a header has the magic "ustar"', `text is ${JSON.stringify(magic)}`);
  const type = latin1(block.subarray(156, 157));
  if (type !== "0" && type !== "\0" && type !== "5") {
    const kind = kinds.get(type) ?? `type ${JSON.stringify(type)}`;
    throw refuse("it may contain only files and folders", `entry is ${kind}`);
  }
  const own = untilZero(block.subarray(0, 100));
  const prefix = isPosix ? untilZero(block.subarray(345, 500)) : "";
  const name = plainName(prefix === "" ? own : `${prefix}/${own}`, refuse);
  const size = octal(block.subarray(124, 136), "size", refuse);
  // Older archives mark folders by a trailing slash instead of a type.
  const isFolder = type === "5" || name.endsWith("/");
  if (isFolder && size > 0) throw refuse("a folder has no size", `size is ${size}`);
  return { name: isFolder ? name.replace(/\/$/, "") : name, size, isFolder };
}

/** Checks the sum of all bytes of the block, with the checksum field taken as blanks. */
function checkSum(block: Uint8Array, refuse: Refuse): void {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK_BYTES; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  const stated = octal(block.subarray(148, 156), "checksum", refuse);
  if (stated !== sum) {
    throw refuse(`a header's checksum is the sum of its bytes, ${sum}`, `value is ${stated}`);
  }
}

/** Parses octal digits after blanks and before blanks or NULs. Base-256 numbers are rejected. */
function octal(field: Uint8Array, what: string, refuse: Refuse): number {
  const text = latin1(field);
  const digits = /^ *([0-7]+)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) {
    throw refuse(`a header's ${what} is an octal number`, `text is ${JSON.stringify(text)}`);
  }
  return Number.parseInt(digits, 8); // at most 12 digits, 2^36
}

function untilZero(field: Uint8Array): string {
  const end = field.indexOf(0);
  return latin1(end < 0 ? field : field.subarray(0, end));
}

/** Checks that a name stays within the archive, and removes a leading "./". */
function plainName(name: string, refuse: Refuse): string {
  if (name === "./") return name; // tar's name for the working folder
  const plain = name.replace(/^\.\//, "");
  const isPlain = /^[\x20-\x7e]+$/.test(plain) && !/[\\:]/.test(plain) &&
    plain.replace(/\/$/, "").split("/").every((part) => !["", ".", ".."].includes(part));
  if (!isPlain) {
    throw refuse(
      "a name is a relative path of plain characters, without empty parts and dots",
      `name is ${JSON.stringify(name)}`,
    );
  }
  return plain;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
