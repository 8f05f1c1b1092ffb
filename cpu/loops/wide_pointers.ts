/** The pointers of loops over wide vectors. */
import { Unsupported } from "../native/vector_loop.ts";
import { isNeverNegative, type LinearForm, linearForm, type Term, type Value } from "./value.ts";
import type { WideAccess, WideContext, WideLevels, WidePointer } from "./wide_form.ts";

/** Most pointers of a loop. */
const MOST_POINTERS = 40;

/** A place in memory, or an integer: a pointer, and how the element moves. */
export interface Place {
  readonly pointer: number;
  readonly constant: number;
  /** Elements from one lane to the next. */
  readonly stride: number;
  /** Level of the innermost loop that moves it. */
  readonly level: number;
}

/** Collects the pointers, each once, and the memory that is accessed relative to them. */
export class WidePointers {
  readonly #context: WideContext;
  readonly #levels: WideLevels;
  readonly #pointers = new Map<string, WidePointer>();

  constructor(context: WideContext, levels: WideLevels) {
    this.#context = context;
    this.#levels = levels;
  }

  /** The pointers so far, by number. */
  get list(): readonly WidePointer[] {
    return [...this.#pointers.values()];
  }

  /**
   * The place of an index into a slot, or of the sums, or of an integer. Pointers have 32 bits, so a
   * constant that is added to one later must not be what brings it into memory.
   */
  place(slot: WidePointer["slot"], terms: readonly Term[], constant: number): Place {
    const levels = this.#levels.loops.map(({ axis }, i) =>
      strideAlong(terms, axis) === 0 ? 0 : this.#levels.others[i]!
    );
    const stride = slot === undefined ? 1 : strideAlong(terms, this.#context.vector);
    const level = Math.max(0, stride === 0 ? 0 : this.#levels.vector, ...levels);
    const isValid = typeof slot !== "number" || (constant >= 0 && isNeverNegative(terms));
    const start = isValid ? 0 : constant;
    const pointer = this.#pointer(slot, { terms, constant: start }, stride);
    return { pointer, constant: constant - start, stride, level };
  }

  /** Notes an access of the elements `first` to `last`, counted from a place. */
  access(kind: WideAccess["kind"], { pointer, constant, stride }: Place, last: number = 0): void {
    const from = 4 * constant;
    this.list[pointer]!.accesses.push({
      kind,
      from,
      to: from + 4 * last + 4,
      perElement: 4 * stride,
    });
  }

  /** Requires elements of four bytes, and an index that is always inside of the slot. */
  checkSlot(slot: number, index: Value): void {
    const { dtype, elementCount } = this.#context.slotType(slot);
    const [min, max] = index.range;
    if (dtype === "u8" || elementCount === 0 || min < 0 || max >= elementCount) {
      throw new Unsupported("an index that may be outside");
    }
  }

  /** The place of a store, whose elements must be adjacent. */
  storePlace(slot: number, index: Value): Place {
    const { terms, constant } = linearForm(index);
    if (terms.some(({ atom }) => atom.kind !== "axis")) throw new Unsupported("a scattered store");
    this.checkSlot(slot, index);
    const place = this.place(slot, terms, constant);
    if (place.stride !== 1) throw new Unsupported("a store with gaps");
    return place;
  }

  #pointer(slot: WidePointer["slot"], { terms, constant }: LinearForm, stride: number): number {
    const sum = terms.map(({ coefficient, atom }) => `${coefficient}*${atom.id}`);
    const key = `${slot} ${sum} ${constant}`;
    if (!this.#pointers.has(key)) {
      const row = slot === undefined ? this.#context.sumsRowBytes! / 4 : undefined;
      const steps = this.#levels.loops.map(({ axis }) => row ?? strideAlong(terms, axis));
      if (slot !== "integer" && [...steps, stride].some((step) => step < 0)) {
        throw new Unsupported("a pointer that moves back");
      }
      this.#pointers.set(key, { slot, terms, constant, steps, accesses: [] });
    }
    if (this.#pointers.size > MOST_POINTERS) throw new Unsupported("too many pointers");
    return [...this.#pointers.keys()].indexOf(key);
  }
}

function strideAlong(terms: readonly Term[], axis: number): number {
  return terms.find(({ atom }) => atom.kind === "axis" && atom.axis === axis)?.coefficient ?? 0;
}
