/** Translates the stores and reductions of a kernel to loops over wide vectors. */
import { MOST_ARGUMENTS, MOST_RESULTS } from "../native/call_layout.ts";
import { type Loop, Unsupported } from "../native/vector_loop.ts";
import type { LoopAxis, Nest, ValueStore } from "./nest.ts";
import { independentGroups } from "./reduction.ts";
import { WideBuilder } from "./wide_builder.ts";
import {
  COUNT_WORDS,
  type WideAxis,
  type WideContext,
  type WideLevels,
  type WideLoop,
} from "./wide_form.ts";
import { WidePointers } from "./wide_pointers.ts";
import { combineSums, startSums, type SumParts } from "./wide_sums.ts";
import { WideValues } from "./wide_values.ts";

/**
 * Elements of a row that are added to one accumulator each, in turns. A sum along a row has four
 * accumulators of four lanes, which wide vectors hold side by side, so that no bit changes.
 */
export const ROW_LANES = 16;

/**
 * A translation of stores along rows: the loop over vectors is the innermost one. Of the loops around
 * it, the outermost may have any size, which each call says.
 */
export function wideStores(
  stores: readonly ValueStore[],
  loops: readonly WideAxis[],
  context: WideContext,
): WideLoop | undefined {
  return attempt(context, () => new WideTranslator(context, around(loops)).stores(stores));
}

/** A translation of reductions over rows, and over some loops around them, with some stores. */
export function wideRowSums(
  { reductions, stores }: {
    readonly reductions: Nest["reductions"];
    readonly stores: readonly ValueStore[];
  },
  loops: readonly LoopAxis[],
  context: WideContext,
): WideLoop | undefined {
  return attempt(
    context,
    () => new WideTranslator(context, around(loops)).rowSums(reductions, stores),
  );
}

/** Levels of loops around the one over vectors. */
function around(loops: readonly WideAxis[]): WideLevels {
  return { loops, vector: loops.length + 1, others: loops.map((_, i) => i + 1) };
}

/**
 * A translation of reductions along some axes, and of stores of their results: the loop over vectors
 * is the outermost one.
 */
export function wideColumns(
  { inner, reductions, outerStores }: Pick<Nest, "inner" | "reductions" | "outerStores">,
  context: WideContext,
): WideLoop | undefined {
  const levels = { loops: inner, vector: 1, others: inner.map((_, i) => i + 2) };
  return attempt(
    context,
    () => new WideTranslator(context, levels).columns(reductions, outerStores),
  );
}

/** A translation, if the kernel has this form and machine code for it can be assembled. */
function attempt({ native }: WideContext, translate: () => WideLoop): WideLoop | undefined {
  try {
    const wide = translate();
    native.prepareLoop(wide.code);
    return wide;
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

class WideTranslator {
  readonly #levels: WideLevels;
  readonly #copies: number;
  readonly #mostSums: number;
  readonly #lanes: number;
  readonly #builder = new WideBuilder();
  readonly #pointers: WidePointers;
  readonly #values: WideValues;
  /** What sums are made with. */
  readonly #parts: SumParts;
  /** The steps of loops, which are filled in once all pointers are known. */
  readonly #steps: { readonly loop: number; readonly steps: Step[] }[] = [];

  constructor(context: WideContext, levels: WideLevels) {
    // a loop tests after its body whether there is another turn
    if (levels.loops.some(({ size }) => size === 0)) throw new Unsupported("a loop without a turn");
    this.#levels = levels;
    this.#copies = context.copies ?? 1;
    this.#mostSums = context.mostSums ?? Infinity;
    this.#lanes = context.native.lanes;
    this.#pointers = new WidePointers(context, levels);
    const parts = { levels, builder: this.#builder, pointers: this.#pointers };
    this.#values = new WideValues(context, parts);
    this.#parts = { builder: this.#builder, values: this.#values };
  }

  stores(stores: readonly ValueStore[]): WideLoop {
    this.#nested(() => this.#vectorLoop(() => this.#stores(stores)));
    return this.#finish();
  }

  rowSums(reductions: Nest["reductions"], stores: readonly ValueStore[]): WideLoop {
    if (ROW_LANES * reductions.length > MOST_RESULTS) throw new Unsupported("too many sums");
    const sums = startSums(this.#parts, reductions);
    this.#nested(() =>
      this.#vectorLoop(() => {
        combineSums(this.#parts, sums);
        this.#stores(stores);
      })
    );
    sums.forEach(({ into }, r) => {
      into.forEach((value, copy) => {
        this.#builder.push({ kind: "return", element: ROW_LANES * r + this.#lanes * copy, value });
      });
    });
    return this.#finish();
  }

  columns(reductions: Nest["reductions"], stores: readonly ValueStore[]): WideLoop {
    this.#vectorLoop(() => {
      for (const group of independentGroups(reductions, this.#mostSums)) {
        this.#reductions(reductions, group);
      }
      this.#stores(stores);
    });
    return this.#finish();
  }

  #reductions(all: Nest["reductions"], group: readonly number[]): void {
    const sums = startSums(this.#parts, group.map((i) => all[i]!));
    this.#nested(() => combineSums(this.#parts, sums));
    this.#values.forEachCopy((copy) => {
      group.forEach((i, r) => this.#values.setResult(i, sums[r]!.into[copy]!));
    });
  }

  /** Adds the loops that are not over vectors, from number `i` on. */
  #nested(fill: () => void, i: number = 0): void {
    const loop = this.#levels.loops[i];
    if (loop) {
      this.#loop(loop.size ?? { word: COUNT_WORDS.rows }, i, () => this.#nested(fill, i + 1));
    } else fill();
  }

  #vectorLoop(fill: () => void): void {
    this.#loop({ vectors: COUNT_WORDS.vectors, copies: this.#copies }, undefined, fill);
  }

  /** Adds a loop. Unless it is the one over vectors, pointers move along its axis. */
  #loop(turns: Loop["turns"], loop: number | undefined, fill: () => void): void {
    const steps: Step[] = [];
    const body = this.#builder.within(fill);
    this.#builder.push({ kind: "loop", loop: { turns, steps, body } });
    if (loop !== undefined) this.#steps.push({ loop, steps });
    this.#values.forgetClosed();
  }

  /** Adds stores. All values come first, because a store may overwrite what another value loads. */
  #stores(stores: readonly ValueStore[]): void {
    const { f } = this.#values;
    this.#values.forEachCopy(() => {
      const values = stores.map(({ value }) => {
        this.#values.push(value);
        if (value.type === "bool") f.i32x4(1).op("v128.and");
        return f.popValue();
      });
      stores.forEach(({ slot, index }, i) => {
        const place = this.#pointers.storePlace(slot, index);
        this.#pointers.access("write", place);
        const { pointer, constant } = place;
        const offset = 4 * constant + this.#values.copyOffset;
        this.#builder.push({ kind: "store", pointer, offset, value: values[i]! });
      });
    });
  }

  #finish(): WideLoop {
    const pointers = this.#pointers.list;
    for (const { loop, steps } of this.#steps) {
      pointers.forEach(({ slot, steps: elements }, pointer) => {
        const bytes = elements[loop]! * (slot === "integer" ? 1 : 4);
        if (bytes !== 0) steps.push({ pointer, bytes });
      });
    }
    const first = Object.keys(COUNT_WORDS).length;
    const values = first + pointers.length;
    const words = values + this.#values.passed.length;
    if (words > MOST_ARGUMENTS) throw new Unsupported("too many arguments");
    const starts = pointers.map(({ slot }, i) => ({
      word: first + i,
      isAddress: slot !== "integer",
    }));
    return {
      code: { words, values, pointers: starts, body: this.#builder.body },
      loops: this.#levels.loops,
      copies: this.#copies,
      pointers,
      values: this.#values.passed,
    };
  }
}

type Step = Loop["steps"][number];
