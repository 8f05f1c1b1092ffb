/**
 * Lists of the terms of each row of a scatter, in a thread's scratch memory. They are a sparse set:
 * the place of a row holds the number of its entry, and counts only if that entry is one of those
 * in use and names the row. So nothing has to be cleared, and making the lists costs what the terms
 * cost, however many rows there are.
 */
import type { ScatterKernel } from "../../graph/kernel.ts";
import type { ScratchParts } from "../scratch_parts.ts";
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";

/** Bytes of an entry. */
const ENTRY = 16;
/** Byte offsets in an entry: its row, counted from the first of the unit, and the row's terms. */
const FIELD = { row: 0, first: 4, last: 8, count: 12 } as const;

/** The terms of a row. Terms are byte offsets: 4 times their number. */
export interface RowTerms {
  /** The first term; undefined if there is none. */
  readonly first: Local;
  /** Number of terms. */
  readonly count: Local;
}

/** Emits the lists of a range of rows. */
export class RowLists {
  /** The function that uses the lists. */
  readonly f: FunctionBuilder;
  readonly #places: Local;
  readonly #entries: Local;
  /** Number of entries in use. */
  readonly #used: Local;
  /** Address of each term's successor. */
  readonly next: Local;

  /** @param parts the result of `listParts` */
  constructor(f: FunctionBuilder, scratch: Local, parts: ReturnType<typeof listParts>) {
    const at = (offset: number): Local => {
      const address = f.local("i32");
      f.get(scratch).i32(offset).op("i32.add").set(address);
      return address;
    };
    this.f = f;
    this.#places = at(parts.places);
    this.#entries = at(parts.entries);
    this.next = at(parts.next);
    this.#used = f.local("i32");
  }

  /** Emits making the lists of the terms whose indices are rows from `rowFrom` on, up to `count`. */
  emit(
    { indices, terms }: { readonly indices: Local; readonly terms: number },
    rowFrom: Local,
    count: Local,
  ): void {
    const f = this.f;
    const [term, row, entry] = f.locals("i32", 3);
    f.i32(0).set(this.#used);
    f.for(term, 0, 4 * terms, 4, () => {
      f.get(indices, term).op("i32.add").memory("i32.load").get(rowFrom).op("i32.sub").tee(row);
      f.get(count).op("i32.lt_u").if(() => {
        this.#ifListed(row, entry, () => this.#append(entry, term), () => this.#begin(row, term));
      });
    });
  }

  /** Emits a loop over the rows that have terms. `row` counts from the first of the unit. */
  forEachListed(body: (row: Local, terms: RowTerms) => void): void {
    const f = this.f;
    const [number, entry, row] = f.locals("i32", 3);
    const terms = { first: f.local("i32"), count: f.local("i32") };
    f.get(this.#entries).set(entry);
    f.for(number, 0, this.#used, 1, () => {
      f.get(entry).memory("i32.load", FIELD.row).set(row);
      this.#load(entry, terms);
      body(row, terms);
      f.advance(entry, ENTRY);
    });
  }

  /** Emits a loop over all rows, up to `count`. */
  forEachRow(count: Operand, body: (row: Local, terms: RowTerms) => void): void {
    const f = this.f;
    const [row, entry] = f.locals("i32", 2);
    const terms = { first: f.local("i32"), count: f.local("i32") };
    f.for(row, 0, count, 1, () => {
      this.#ifListed(row, entry, () => {
        this.#load(entry, terms);
      }, () => f.i32(0).set(terms.count));
      body(row, terms);
    });
  }

  #load(entry: Local, { first, count }: RowTerms): void {
    this.f.get(entry).memory("i32.load", FIELD.first).set(first);
    this.f.get(entry).memory("i32.load", FIELD.count).set(count);
  }

  /** Emits a test whether a row has an entry. `entry` becomes its address. */
  #ifListed(row: Local, entry: Local, then: () => void, otherwise: () => void): void {
    const f = this.f;
    const number = f.local("i32");
    f.get(this.#places, row).i32(4).op("i32.mul", "i32.add").memory("i32.load").tee(number);
    f.get(this.#used).op("i32.lt_u").if(
      () => {
        f.get(this.#entries, number).i32(ENTRY).op("i32.mul", "i32.add").tee(entry);
        f.memory("i32.load", FIELD.row).get(row).op("i32.eq");
      },
      () => f.i32(0),
      "i32",
    );
    f.if(then, otherwise);
  }

  /** Emits a new entry of a row with one term. */
  #begin(row: Local, term: Local): void {
    const f = this.f;
    const entry = f.local("i32");
    f.get(this.#places, row).i32(4).op("i32.mul", "i32.add").get(this.#used).memory("i32.store");
    f.get(this.#entries, this.#used).i32(ENTRY).op("i32.mul", "i32.add").set(entry);
    f.get(entry, row).memory("i32.store", FIELD.row);
    f.get(entry, term).memory("i32.store", FIELD.first);
    f.get(entry, term).memory("i32.store", FIELD.last);
    f.get(entry).i32(1).memory("i32.store", FIELD.count);
    f.advance(this.#used, 1);
  }

  /** Emits a further term of the row of an entry. */
  #append(entry: Local, term: Local): void {
    const f = this.f;
    f.get(this.next, entry).memory("i32.load", FIELD.last).op("i32.add");
    f.get(term).memory("i32.store");
    f.get(entry, term).memory("i32.store", FIELD.last);
    f.get(entry, entry).memory("i32.load", FIELD.count).i32(1).op("i32.add");
    f.memory("i32.store", FIELD.count);
  }
}

/** Lays out the lists of a unit with at most this number of rows. */
export function listParts(
  { terms }: ScatterKernel,
  rows: number,
  parts: ScratchParts,
): { readonly places: number; readonly entries: number; readonly next: number } {
  return {
    places: parts.take("places", 4 * rows),
    entries: parts.take("entries", ENTRY * Math.min(rows, terms)),
    next: parts.take("next", 4 * terms),
  };
}
