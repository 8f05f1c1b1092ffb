/** Sums along rows, and the stores after them, as loops over wide vectors. */
import type { ValueContext } from "../compiled_kernel.ts";
import type { NativeProgram } from "../native/native_program.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import { isLongSum } from "./long_sum.ts";
import type { LoopAxis, Nest } from "./nest.ts";
import { combineLanes } from "./reduction.ts";
import { findStash, type Stash } from "./stash.ts";
import { emitWideCall } from "./wide_call.ts";
import type { WideContext, WideLoop } from "./wide_form.ts";
import { ROW_LANES, wideRowSums, wideStores } from "./wide_loop.ts";

/** Fewest elements of a row for which a call pays off; shorter ones have one accumulator. */
const LEAST_ELEMENTS = 32;

/** What a wide form is made with. */
interface WideParts extends ValueContext {
  readonly native: NativeProgram;
}

/** The wide form of a kernel with vectors along an inner axis. */
export class WideRows {
  readonly #native: NativeProgram;
  readonly #nest: Nest;
  readonly #row: LoopAxis;
  readonly #context: WideContext;
  /** The stores for each position of the inner axes. */
  readonly #stores: WideLoop | undefined;
  readonly #stash: Stash | undefined;

  constructor(nest: Nest, row: LoopAxis, { math, slotType, native }: WideParts) {
    this.#native = native;
    this.#nest = nest;
    this.#row = row;
    this.#context = { math: math.recorded(), slotType, native, vector: row.axis };
    this.#stash = findStash(nest);
    this.#stores = nest.innerStores.length > 0
      ? wideStores(nest.innerStores, this.#others, { ...this.#context, stashed: this.#stash })
      : undefined;
  }

  /** The inner axes around the rows. */
  get #others(): readonly LoopAxis[] {
    return this.#nest.inner.filter((loop) => loop !== this.#row);
  }

  /**
   * Emits some reductions, and the store of a value that is stashed with them. Returns whether they
   * have a wide form.
   */
  emitSums(e: LaneEmitter, group: readonly number[]): boolean {
    const { size } = this.#row;
    const turns = [...this.#others.map((loop) => loop.size), size / ROW_LANES];
    if (size % ROW_LANES !== 0 || isLongSum(turns)) return false;
    const reductions = group.map((i) => this.#nest.reductions[i]!);
    // Nothing but sums of what is in memory: each waits for the last addition and for the memory.
    if (this.#nest.reductions.every(({ value }) => value.kind === "load")) return false;
    const copies = ROW_LANES / this.#native.lanes;
    const stores = this.#stash && group.includes(this.#stash.reduction) ? [this.#stash] : [];
    const context = { ...this.#context, copies };
    const wide = wideRowSums({ reductions, stores }, this.#others, context);
    if (!wide) return false;
    this.#emitCall(e, wide);
    group.forEach((result, r) => {
      const parts = [0, 1, 2, 3].map((part) => {
        const sum = e.f.local("v128");
        this.#native.emitResult(e.f, ROW_LANES * r + 4 * part);
        e.f.set(sum);
        return sum;
      });
      e.scopes.setResult(result, [combineLanes(e, reductions[r]!, parts)]);
    });
    return true;
  }

  /** Emits the inner stores. Returns whether they have a wide form. */
  emitStores(e: LaneEmitter): boolean {
    if (!this.#stores) return false;
    this.#emitCall(e, this.#stores);
    return true;
  }

  #emitCall(e: LaneEmitter, wide: WideLoop): void {
    const start = new Map(this.#nest.inner.map(({ axis }) => [axis, 0]));
    emitWideCall(e, this.#native, { wide, call: { start, count: this.#row.size } });
  }
}

/** The wide form of a kernel whose vectors are along `axis`; `undefined` if it has none. */
export function planWideRows(
  nest: Nest,
  axis: number | undefined,
  parts: WideParts,
): WideRows | undefined {
  const row = nest.inner.find((loop) => loop.axis === axis);
  if (!row || row.size < LEAST_ELEMENTS) return undefined;
  return new WideRows(nest, row, parts);
}
