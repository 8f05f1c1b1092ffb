/** Translates values to the code of loops over wide vectors. */
import type { MathLibrary } from "../math/math_library.ts";
import { Unsupported, type ValueId } from "../native/vector_loop.ts";
import { type ApplyHost, emitApply, emitConst } from "./lane_apply.ts";
import { loadOf } from "./stash.ts";
import { linearForm, type LoadValue, type Term, type Value } from "./value.ts";
import { VectorRecorder } from "./vector_recorder.ts";
import type { WideBuilder } from "./wide_builder.ts";
import type { WideContext, WideLevels } from "./wide_form.ts";
import type { Place, WidePointers } from "./wide_pointers.ts";

/** Most adjacent elements among which lanes choose by a permutation. */
const WINDOW = 16;

/** Most elements from which lanes can choose. */
const MOST_CHOICES = 2 ** 28;

/** The values of a translation. */
export class WideValues implements ApplyHost {
  readonly f: VectorRecorder;
  readonly math: MathLibrary;
  /** Values that are the same in a whole call, which passes them. */
  readonly passed: Value[] = [];
  readonly #context: WideContext;
  readonly #levels: WideLevels;
  readonly #builder: WideBuilder;
  readonly #pointers: WidePointers;
  /** By copy. Values that do not vary are in the first map. */
  readonly #known: readonly Map<Value, ValueId>[];
  readonly #results: readonly Map<number, ValueId>[];
  /** The vector of the iteration that values are for. */
  #copy = 0;

  constructor(
    context: WideContext,
    { levels, builder, pointers }: {
      levels: WideLevels;
      builder: WideBuilder;
      pointers: WidePointers;
    },
  ) {
    this.#context = context;
    this.#levels = levels;
    this.#builder = builder;
    this.#pointers = pointers;
    const copies = Array.from({ length: context.copies ?? 1 }, (_, copy) => copy);
    this.#known = copies.map(() => new Map());
    this.#results = copies.map(() => new Map());
    this.f = new VectorRecorder((definition) => builder.define(definition));
    this.math = context.math;
  }

  /** Runs code for each vector of an iteration. */
  forEachCopy(body: (copy: number) => void): void {
    this.#known.forEach((_, copy) => {
      this.#copy = copy;
      body(copy);
    });
    this.#copy = 0;
  }

  /** Bytes from the first vector of an iteration to the current one. */
  get copyOffset(): number {
    return 4 * this.#copyStart;
  }

  get #copyStart(): number {
    return this.#copy * this.#context.native.lanes;
  }

  /** Sets the current copy's value of a result. */
  setResult(result: number, id: ValueId): void {
    this.#results[this.#copy]!.set(result, id);
  }

  /** Forgets the values of loops that have been closed. */
  forgetClosed(): void {
    for (const known of this.#known) {
      for (const [value, id] of known) {
        if (this.#builder.levelOf(id) > this.#builder.depth) known.delete(value);
      }
    }
  }

  varies(value: Value): boolean {
    return (value.axes & 1 << this.#context.vector) !== 0 || value.results !== 0;
  }

  push(value: Value): void {
    this.f.pushValue(this.translate(value));
  }

  pushShared(value: Value): void {
    if (value.kind !== "const") throw new Unsupported("a count that is no constant");
    this.f.i32(value.value);
  }

  keep(value: Value): void {
    this.translate(value);
  }

  /** The translation of a value, for the current copy. */
  translate(value: Value): ValueId {
    const known = this.#known[this.varies(value) ? this.#copy : 0]!;
    const id = known.get(value) ?? this.#translateNew(value);
    known.set(value, id);
    return id;
  }

  #translateNew(value: Value): ValueId {
    const { stashed } = this.#context;
    if (stashed?.value === value) return this.#load(loadOf(stashed));
    if (value.kind === "result" && this.#isInside(value)) return this.#result(value.result);
    if (value.kind === "const") emitConst(this.f, value.type, value.value);
    else if (!this.#isInside(value)) return this.#passed(value);
    else if (value.kind === "load") return this.#load(value);
    else if (value.kind === "apply") emitApply(this, value);
    else {
      const { terms, constant } = linearForm(value);
      return this.#integer(terms, constant);
    }
    return this.f.popValue();
  }

  /** Whether the value changes within a call. */
  #isInside({ axes, results }: Value): boolean {
    const own = this.#levels.loops.reduce(
      (mask, { axis }) => mask | 1 << axis,
      1 << this.#context.vector,
    );
    if (axes & own) return true;
    if (this.#context.sumsRowBytes !== undefined) return results !== 0;
    return [...this.#results[0]!.keys()].some((i) => results & 1 << i);
  }

  #passed(value: Value): ValueId {
    const known = this.passed.indexOf(value);
    const word = known < 0 ? this.passed.push(value) - 1 : known;
    return this.#builder.define({ kind: "argument", word });
  }

  #result(result: number): ValueId {
    const known = this.#results[this.#copy]!.get(result);
    if (known !== undefined) return known;
    const place = this.#pointers.place(undefined, [], 0);
    this.#pointers.access("read", place);
    const { pointer } = place;
    return this.#builder.define({ kind: "load", pointer, offset: 0 }, this.#levels.vector);
  }

  /** A linear form as a vector of integers. */
  #integer(terms: readonly Term[], constant: number): ValueId {
    const { own, shared } = this.#split(terms);
    const { f } = this;
    const parts: (() => void)[] = [];
    if (shared.length > 0) {
      const { pointer, stride, level } = this.#pointers.place("integer", shared, 0);
      parts.push(() => f.pushValue(this.#builder.define({ kind: "position", pointer }, level)));
      if (stride !== 0) parts.push(() => f.pushValue(this.#lanes(stride)));
    }
    for (const { coefficient, atom } of own) {
      parts.push(() => {
        this.push(atom);
        if (coefficient !== 1) f.i32x4(coefficient).op("i32x4.mul");
      });
    }
    if (constant !== 0 || parts.length === 0) parts.push(() => f.i32x4(constant));
    parts.forEach((push, i) => {
      push();
      if (i > 0) f.op("i32x4.add");
    });
    return f.popValue();
  }

  /** Terms that differ in each lane, and those that pointers can follow. */
  #split(terms: readonly Term[]): { own: readonly Term[]; shared: readonly Term[] } {
    const own = terms.filter(({ atom }) => atom.kind !== "axis" && this.#isInside(atom));
    return { own, shared: terms.filter((term) => !own.includes(term)) };
  }

  /** The positions along the vectors, counted from the first of the call, times a stride. */
  #lanes(stride: number): ValueId {
    this.f.pushValue(this.#builder.define({ kind: "lane" }, this.#levels.vector));
    if (this.#copy > 0) this.f.i32x4(this.#copyStart).op("i32x4.add");
    if (stride !== 1) this.f.i32x4(stride).op("i32x4.mul");
    return this.f.popValue();
  }

  #load({ slot, index }: LoadValue): ValueId {
    this.#pointers.checkSlot(slot, index);
    const { terms, constant } = linearForm(index);
    const { own, shared } = this.#split(terms);
    const [least, most] = rangeOf(own);
    const place = this.#pointers.place(slot, shared, constant + least);
    this.f.pushValue(
      own.length > 0 ? this.#scattered(own, [least, most], place) : this.#strided(place),
    );
    if (this.#context.slotType(slot).dtype === "bool") this.f.i32x4(0).op("i32x4.ne");
    return this.f.popValue();
  }

  #strided(place: Place): ValueId {
    const { pointer, constant, stride, level } = place;
    this.#pointers.access("read", place);
    const offset = 4 * constant;
    if (stride === 0) return this.#builder.define({ kind: "element", pointer, offset }, level);
    if (stride === 1) {
      const start = offset + this.copyOffset;
      return this.#builder.define({ kind: "load", pointer, offset: start }, level);
    }
    const args = [this.#lanes(stride)] as const;
    return this.#builder.define({ kind: "gather", pointer, offset, args }, level);
  }

  /** An element for each lane; `place` is that of the least sum. */
  #scattered(
    own: readonly Term[],
    [least, most]: readonly [least: number, most: number],
    place: Place,
  ): ValueId {
    if (most - least >= MOST_CHOICES) throw new Unsupported("an index that may be anywhere");
    this.#pointers.access("read", place, most - least);
    const { pointer, stride, level } = place;
    const [offset, length] = [4 * place.constant, most - least + 1];
    const sum = this.#integer(own, -least);
    if (stride === 0 && length <= WINDOW) {
      return this.#builder.define({ kind: "window", pointer, offset, length, args: [sum] }, level);
    }
    this.f.pushValue(sum);
    if (stride !== 0) this.f.pushValue(this.#lanes(stride)).op("i32x4.add");
    const args = [this.f.popValue()] as const;
    return this.#builder.define({ kind: "gather", pointer, offset, args }, level);
  }
}

/** The least and the greatest value of a sum. */
function rangeOf(terms: readonly Term[]): readonly [least: number, most: number] {
  return terms.reduce<readonly [number, number]>(([least, most], { coefficient, atom }) => {
    const ends = atom.range.map((end) => coefficient * end);
    return [least + Math.min(...ends), most + Math.max(...ends)];
  }, [0, 0]);
}
