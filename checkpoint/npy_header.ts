/**
 * A strict parser for the header of `.npy` files, a Python dictionary with three keys.
 *
 * NumPy evaluates it as a Python literal. The three values have fixed types, so this parser accepts
 * exactly those, does not recurse, and can report which one is invalid.
 * @module
 */
import { NpyError, quoteName } from "./errors.ts";

/** The contents of an `.npy` header, not yet checked against the data. */
interface NpyHeader {
  /** NumPy's name of the element type: byte order, kind, and size, as in `<f4`. */
  readonly descr: string;
  /** Whether the elements are in column-major order. */
  readonly fortranOrder: boolean;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
}

/** Formats a header, without padding. */
export function formatNpyHeader({ descr, fortranOrder, shape }: NpyHeader): string {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = fortranOrder ? "True" : "False";
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`;
}

/**
 * Parses the text of a header.
 * @throws {NpyError} if it is invalid
 */
export function parseNpyHeader(text: string): NpyHeader {
  const reader = new LiteralReader(text);
  const found: { descr?: string; fortranOrder?: boolean; shape?: number[] } = {};
  reader.expect("{");
  while (!reader.take("}")) {
    const key = reader.string();
    reader.expect(":");
    if (key === "descr" && found.descr === undefined) found.descr = reader.string();
    else if (key === "fortran_order" && found.fortranOrder === undefined) {
      found.fortranOrder = reader.boolean();
    } else if (key === "shape" && found.shape === undefined) found.shape = reader.sizes();
    else {
      throw refuse("its keys are descr, fortran_order, and shape, each once", quoteName(key));
    }
    if (reader.take("}")) break;
    reader.expect(",");
  }
  reader.end();
  const { descr, fortranOrder, shape } = found;
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    throw refuse(
      "descr, fortran_order, and shape are required",
      `keys: ${Object.keys(found).join(", ") || "none"}`,
    );
  }
  return { descr, fortranOrder, shape };
}

function refuse(rule: string, current: string): NpyError {
  return new NpyError(`Cannot read npy header: ${rule}: current ${current}`);
}

/** Parses Python literals of known types from left to right. */
class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(character: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  expect(character: string): void {
    if (!this.take(character)) throw this.#unexpected(`"${character}"`);
  }

  /** Parses a string in single or double quotes. Escapes are not needed and not supported. */
  string(): string {
    const quote = this.take("'") ? "'" : this.take('"') ? '"' : undefined;
    if (quote === undefined) {
      throw this.#unexpected("a string (structured types are not supported)");
    }
    const end = this.#text.indexOf(quote, this.#at);
    const value = this.#text.slice(this.#at, end);
    if (end < 0 || value.includes("\\")) throw this.#unexpected("a string without escapes");
    this.#at = end + 1;
    return value;
  }

  boolean(): boolean {
    this.#skipBlanks();
    for (const [word, value] of [["True", true], ["False", false]] as const) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    throw this.#unexpected("True or False");
  }

  /** Parses a tuple of whole numbers. Python 2 wrote an L after long ones. */
  sizes(): number[] {
    const sizes: number[] = [];
    this.expect("(");
    while (!this.take(")")) {
      this.#skipBlanks();
      const start = this.#at;
      while (/[0-9]/.test(this.#text[this.#at] ?? "")) this.#at++;
      const digits = this.#text.slice(start, this.#at);
      const size = Number(digits);
      if (digits === "" || digits.length > 16 || !Number.isSafeInteger(size)) {
        throw this.#unexpected("a tuple of sizes from 0 to 2^53 - 1");
      }
      this.take("L");
      sizes.push(size);
      if (this.take(")")) break;
      this.expect(",");
    }
    return sizes;
  }

  end(): void {
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
  }

  #skipBlanks(): void {
    while (" \n\r\t".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #unexpected(wanted: string): NpyError {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    return refuse(`expected ${wanted} at character ${this.#at}`, `text is ${quoteName(rest)}`);
  }
}
