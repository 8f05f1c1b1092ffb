/** Everything that turns loops into native code. It is loaded only if there is native code. */
import type { ValueContext } from "../compiled_kernel.ts";
import type { NativeProgram } from "../native/native_program.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import type { Nest, ValueStore } from "./nest.ts";
import { emitWideCall, type WideCall } from "./wide_call.ts";
import type { WideLoop } from "./wide_form.ts";
import { wideStores } from "./wide_loop.ts";
import { planWideNest, type WideNest } from "./wide_nest.ts";
import { planWideRows, type WideRows } from "./wide_rows.ts";

/** Makes loops over the wide vectors of a program's native code. */
export class WideKernels {
  readonly #native: NativeProgram;

  constructor(native: NativeProgram) {
    this.#native = native;
  }

  /** The wide form of a kernel with vectors along an outer axis; `undefined` if it has none. */
  planNest(nest: Nest, axis: number | undefined, context: ValueContext): WideNest | undefined {
    return planWideNest(nest, axis, { ...context, native: this.#native });
  }

  /** The wide form of a kernel with vectors along an inner axis; `undefined` if it has none. */
  planRows(nest: Nest, axis: number | undefined, context: ValueContext): WideRows | undefined {
    return planWideRows(nest, axis, { ...context, native: this.#native });
  }

  /**
   * Stores of sums in scratch memory as loops over vectors along `axis`, inside of a loop along `row`
   * if it is given; `undefined` if they have no such form.
   */
  planStores(
    stores: readonly ValueStore[],
    { axis, row, sumsRowBytes }: WideStoreAxes,
    { math, slotType }: ValueContext,
  ): WideLoop | undefined {
    const native = this.#native;
    const context = { math: math.recorded(), slotType, native, vector: axis, sumsRowBytes };
    return wideStores(stores, row === undefined ? [] : [{ axis: row, size: undefined }], context);
  }

  /** Emits a call of loops. */
  emitCall(e: LaneEmitter, wide: WideLoop, call: WideCall): void {
    emitWideCall(e, this.#native, { wide, call });
  }
}

/** The axes of stores, and the bytes between the sums of two rows. */
export interface WideStoreAxes {
  readonly axis: number;
  readonly row: number | undefined;
  readonly sumsRowBytes: number;
}
