/** Translates the stores and reductions of a kernel to loops over wide vectors. */
import { MOST_ARGUMENTS } from "../native/call_layout.ts";
import type { Loop, ValueId, VectorOp } from "../native/vector_loop.ts";
import type { Nest, ValueStore } from "./nest.ts";
import { Unsupported } from "./vector_recorder.ts";
import { WideBuilder } from "./wide_builder.ts";
import {
  COUNT_WORDS,
  type WideAxis,
  type WideContext,
  type WideLevels,
  type WideLoop,
} from "./wide_form.ts";
import { WidePointers } from "./wide_pointers.ts";
import { WideValues } from "./wide_values.ts";

/** How reductions combine two vectors; others have no form here. */
const combineOps: Readonly<Record<string, VectorOp>> = {
  "sum f32": "f32x4.add",
  "sum i32": "i32x4.add",
  "sum u32": "i32x4.add",
  "prod f32": "f32x4.mul",
};

const ONE = new Int32Array(Float32Array.of(1).buffer)[0]!;

/** A translation of stores along rows: the loop over vectors is the innermost one. */
export function wideStores(
  stores: readonly ValueStore[],
  row: number | undefined,
  context: WideContext,
): WideLoop | undefined {
  const loops = row === undefined ? [] : [{ axis: row, size: undefined }];
  const levels = { loops, vector: loops.length + 1, others: loops.map((_, i) => i + 1) };
  return attempt(() => new WideTranslator(context, levels).stores(stores));
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
  return attempt(() => new WideTranslator(context, levels).columns(reductions, outerStores));
}

function attempt(translate: () => WideLoop): WideLoop | undefined {
  try {
    return translate();
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

class WideTranslator {
  readonly #levels: WideLevels;
  readonly #copies: number;
  readonly #builder = new WideBuilder();
  readonly #pointers: WidePointers;
  readonly #values: WideValues;
  /** The steps of loops, which are filled in once all pointers are known. */
  readonly #steps: { readonly loop: number; readonly steps: Step[] }[] = [];

  constructor(context: WideContext, levels: WideLevels) {
    this.#levels = levels;
    this.#copies = context.copies ?? 1;
    this.#pointers = new WidePointers(context, levels);
    const parts = { levels, builder: this.#builder, pointers: this.#pointers };
    this.#values = new WideValues(context, parts);
  }

  stores(stores: readonly ValueStore[]): WideLoop {
    const vectors = (): void => this.#vectorLoop(() => this.#stores(stores));
    const hasRows = this.#levels.loops.length > 0;
    if (hasRows) this.#loop({ word: COUNT_WORDS.rows }, 0, vectors);
    else vectors();
    return this.#finish(hasRows);
  }

  columns(reductions: Nest["reductions"], stores: readonly ValueStore[]): WideLoop {
    this.#vectorLoop(() => {
      for (const group of independent(reductions)) this.#reductions(reductions, group);
      this.#stores(stores);
    });
    return this.#finish(false);
  }

  #reductions(all: Nest["reductions"], group: readonly number[]): void {
    const sums = group.map((i) => {
      const { combine, value } = all[i]!;
      const op = combineOps[`${combine} ${value.type}`];
      if (!op) throw new Unsupported("a reduction");
      const into = Array.from({ length: this.#copies }, () => this.#startOf(op));
      return { op, into, value };
    });
    const nested = (i: number, { axis, size }: Partial<WideAxis> = {}): void => {
      if (axis !== undefined) {
        if (size === undefined) throw new Error("Internal: a reduction has a constant size");
        this.#loop(size, i, () => nested(i + 1, this.#levels.loops[i + 1]));
        return;
      }
      this.#values.forEachCopy((copy) => {
        const values = sums.map(({ value }) => this.#values.translate(value));
        sums.forEach(({ op, into }, r) => {
          this.#builder.push({ kind: "combine", op, into: into[copy]!, value: values[r]! });
        });
      });
    };
    nested(0, this.#levels.loops[0]);
    this.#values.forEachCopy((copy) => {
      group.forEach((i, r) => this.#values.setResult(i, sums[r]!.into[copy]!));
    });
  }

  /** A sum's first value. It is a value of its own, because it changes. */
  #startOf(op: VectorOp): ValueId {
    const first = op === "f32x4.mul" ? ONE : 0;
    const literal = this.#builder.define({ kind: "literal", first, step: 0 });
    return this.#builder.defineChanged({ kind: "op", op: "v128.and", args: [literal, literal] });
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

  #finish(hasRows: boolean): WideLoop {
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
      hasRows,
      copies: this.#copies,
      pointers,
      values: this.#values.passed,
    };
  }
}

type Step = Loop["steps"][number];

/** Successive reductions that do not use each other's results. */
function independent(reductions: Nest["reductions"]): readonly (readonly number[])[] {
  const groups: number[][] = [];
  reductions.forEach(({ value }, i) => {
    const last = groups.at(-1);
    if (last?.every((earlier) => (value.results & 1 << earlier) === 0)) last.push(i);
    else groups.push([i]);
  });
  return groups;
}
