/**
 * A strict parser for the JSON header of safetensors files.
 *
 * `JSON.parse` keeps the last of two equal keys, rounds 64-bit numbers, treats `__proto__` specially,
 * and recurses without a limit. The header has a flat grammar, so a parser for exactly that grammar
 * is short, does not recurse, and can report the position of an error.
 * @module
 */
import { quoteName, SafetensorsError } from "./errors.ts";

/** The entry of a tensor, not yet checked against the buffer. */
export interface HeaderEntry {
  /** The text of `"dtype"`. */
  readonly dtype: string;
  /** The sizes of `"shape"`. */
  readonly shape: readonly number[];
  /** First byte of the tensor, relative to the buffer after the header. */
  readonly begin: number;
  /** First byte after the tensor, relative to the buffer after the header. */
  readonly end: number;
}

/** A header, in the order of the file. */
export interface Header {
  /** The tensors by name. */
  readonly entries: Map<string, HeaderEntry>;
  /** The entries of `__metadata__`; empty if there is none. */
  readonly metadata: Map<string, string>;
}

/** The key of the metadata. */
export const METADATA_KEY = "__metadata__";

/**
 * Parses the text of a header.
 *
 * @param text the header, decoded from UTF-8
 * @param baseOffset offset in the file of the header's first byte, for error messages
 * @throws {SafetensorsError} at the first character that breaks the grammar
 */
export function parseHeader(text: string, baseOffset: number): Header {
  const reader = new HeaderReader(text, baseOffset);
  const entries = new Map<string, HeaderEntry>();
  let metadata = new Map<string, string>();
  reader.members("the header", (key) => {
    if (key === METADATA_KEY) {
      metadata = readMetadata(reader);
    } else entries.set(key, readEntry(reader, key));
  });
  reader.end();
  return { entries, metadata };
}

function readMetadata(reader: HeaderReader): Map<string, string> {
  const metadata = new Map<string, string>();
  reader.members(METADATA_KEY, (key) => {
    metadata.set(key, reader.string(`the value of ${quoteName(key)} in ${METADATA_KEY}`));
  });
  return metadata;
}

function readEntry(reader: HeaderReader, name: string): HeaderEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  reader.tensor = name;
  const start = reader.position;
  const where = `tensor ${quoteName(name)}`;
  reader.members(where, (key, at) => {
    if (key === "dtype") dtype = reader.string("dtype");
    else if (key === "shape") shape = reader.integers("shape");
    else if (key === "data_offsets") offsets = reader.integers("data_offsets");
    else {
      reader.fail(
        `${where} may have only the keys dtype, shape, and data_offsets: current key is ` +
          quoteName(key),
        at,
      );
    }
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = Object.entries({ dtype, shape, data_offsets: offsets })
      .filter(([, value]) => value === undefined).map(([key]) => key);
    reader.fail(`${where} must have dtype, shape, and data_offsets: missing ${missing}`, start);
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2) {
    reader.fail(`data_offsets of ${where} must be two numbers: current count is ${offsets.length}`);
  }
  reader.tensor = undefined;
  return { dtype, shape, begin, end };
}

/** Parses JSON values of known types from left to right. */
class HeaderReader {
  /** Index of the next character. */
  position = 0;
  /** Name of the tensor whose entry is being parsed. */
  tensor: string | undefined = undefined;
  readonly #text: string;
  readonly #baseOffset: number;

  constructor(text: string, baseOffset: number) {
    this.#text = text;
    this.#baseOffset = baseOffset;
  }

  /** Throws an error with the byte offset of `position` in the file. */
  fail(rule: string, position: number = this.position): never {
    // Positions count UTF-16 units. Only errors convert them to bytes.
    const before = new TextEncoder().encode(this.#text.slice(0, position)).length;
    const byteOffset = this.#baseOffset + before;
    throw new SafetensorsError(
      `Cannot read safetensors header at byte ${byteOffset}: ${rule}`,
      this.tensor === undefined ? { byteOffset } : { tensor: this.tensor, byteOffset },
    );
  }

  /** Parses an object with distinct keys. Calls `member` with each, and its position. */
  members(what: string, member: (key: string, position: number) => void): void {
    const seen = new Set<string>();
    this.#items(["{", "}"], what, () => {
      const at = this.position;
      const key = this.string(`a key of ${what}`);
      this.#skipBlanks();
      this.#expect(":", what);
      this.#skipBlanks();
      if (seen.has(key)) {
        this.fail(`keys of ${what} must differ: ${quoteName(key)} occurs twice`, at);
      }
      seen.add(key);
      member(key, at);
    });
  }

  string(what: string): string {
    const start = this.position;
    if (!this.#take('"')) this.fail(`${what} must be a string: ${this.#found()}`);
    let simple = true;
    while (true) {
      const code = this.#text.charCodeAt(this.position);
      if (Number.isNaN(code)) this.fail(`the string of ${what} has no end`, start);
      if (code < 0x20) this.fail(`a string must not hold raw control characters (${what})`);
      this.position++;
      if (code === 0x22) break;
      if (code === 0x5c) {
        simple = false;
        this.position++; // the character after a backslash never ends the string
      }
    }
    if (simple) return this.#text.slice(start + 1, this.position - 1);
    return this.#unescape(this.#text.slice(start, this.position), what, start);
  }

  /** Parses an array of whole numbers ≥ 0 from their text, without rounding. */
  integers(what: string): number[] {
    const values: number[] = [];
    this.#items(["[", "]"], what, () => void values.push(this.#integer(what)));
    return values;
  }

  /** Parses the end of the text, after optional blanks. */
  end(): void {
    this.#skipBlanks();
    if (this.position < this.#text.length) {
      this.fail(`only blanks may follow the header's object: ${this.#found()}`);
    }
  }

  /** Parses items in brackets, separated by commas. */
  #items([open, close]: readonly [string, string], what: string, item: () => void): void {
    this.#expect(open, what);
    this.#skipBlanks();
    if (this.#take(close)) return;
    while (true) {
      this.#skipBlanks();
      item();
      this.#skipBlanks();
      if (this.#take(close)) return;
      this.#expect(",", what);
    }
  }

  #integer(what: string): number {
    const start = this.position;
    while (isDigit(this.#text.charCodeAt(this.position))) this.position++;
    const length = this.position - start;
    const next = this.#text.charCodeAt(this.position);
    if (length === 0 || next === 0x2e || next === 0x65 || next === 0x45) {
      this.fail(`${what} must hold whole numbers without sign: ${this.#found()}`);
    }
    const digits = this.#text.slice(start, Math.min(this.position, start + 20));
    if (length > 1 && digits.startsWith("0")) {
      this.fail(`a number of ${what} must not begin with 0: current text is ${digits}`, start);
    }
    const value = Number(digits);
    if (length > 16 || !Number.isSafeInteger(value)) {
      this.fail(`numbers of ${what} must be at most 2^53 - 1: current text is ${digits}`, start);
    }
    return value;
  }

  #unescape(literal: string, what: string, start: number): string {
    let value: unknown;
    try {
      value = JSON.parse(literal);
    } catch {
      this.fail(`${what} has an invalid escape`, start);
    }
    if (typeof value !== "string") throw new Error("Internal: a JSON string is not a string");
    if (!value.isWellFormed()) this.fail(`${what} contains half of a surrogate pair`, start);
    return value;
  }

  #skipBlanks(): void {
    while (isBlank(this.#text.charCodeAt(this.position))) this.position++;
  }

  #take(character: string): boolean {
    if (this.#text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  #expect(character: string, what: string): void {
    if (!this.#take(character)) {
      this.fail(`expected "${character}" (${what}): ${this.#found()}`);
    }
  }

  #found(): string {
    const character = this.#text.codePointAt(this.position);
    return character === undefined
      ? "the header ends here"
      : `current character is ${quoteName(String.fromCodePoint(character))}`;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
