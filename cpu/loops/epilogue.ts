/** The epilogue of products and convolutions: the stores of sums that other code has computed. */
import type { Store } from "../../graph/kernel.ts";
import type { ValueContext } from "../compiled_kernel.ts";
import type { KernelContext } from "../kernel_context.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { LaneEmitter } from "./lane_emitter.ts";
import { emitStores } from "./lane_stores.ts";
import { emitVectorRange, type Range } from "./loop.ts";
import { rootsOfStores, slotsOf, type ValueStore, valueStore, valuesUsedTwice } from "./nest.ts";
import { type AxisMap, type Value, ValueTable } from "./value.ts";
import type { WideLoop } from "./wide_form.ts";
import type { WideStoreAxes } from "./wide_kernels.ts";

/**
 * Processes elements of the result once their sums are complete. The sums are in scratch memory,
 * not in registers, so that the epilogue is emitted only once instead of once per accumulator.
 */
export interface Epilogue<Finished> {
  /** Number of i32 parameters to add to the generated function, such as output addresses. */
  readonly paramCount: number;
  /** Emits the epilogue of a block of finished sums. Called once. */
  readonly emit: (f: FunctionBuilder, finished: Finished) => void;
}

/** The parameters of code that computes a range of units, and those of its epilogue. */
export interface UnitParams {
  /** Addresses of the two operands and of the thread's scratch memory. */
  readonly a: Local;
  readonly b: Local;
  readonly scratch: Local;
  readonly unitFrom: Local;
  readonly unitTo: Local;
  readonly extra: readonly Local[];
}

/** The stores of a kernel in terms of values. */
export class EpilogueStores {
  readonly stores: readonly ValueStore[];
  /** The slots whose addresses are the epilogue's first parameters. */
  readonly slots: readonly number[];
  readonly #shared: ReadonlySet<Value>;

  constructor(stores: readonly Store[], axisMap: AxisMap) {
    const table = new ValueTable(axisMap);
    this.stores = stores.map((store) => valueStore(table, store));
    const roots = rootsOfStores(this.stores);
    this.slots = [...slotsOf(this.stores, roots)];
    this.#shared = valuesUsedTwice(roots);
  }

  /** An emitter for vectors along `axis`. */
  lanes(
    f: FunctionBuilder,
    { axis, params }: { axis: number; params: readonly Local[] },
    { math, slotType }: ValueContext,
  ): LaneEmitter {
    const pointers = new Map(this.slots.map((slot, i) => [slot, params[i]!]));
    const lanes = { axis, resultsVary: true };
    return new LaneEmitter({ f, math, slotType, lanes, pointers, shared: this.#shared });
  }

  /**
   * The stores as loops over wide vectors along `axis`, inside of a loop along `row`; `undefined` if
   * they have no such form.
   */
  wide(axes: WideStoreAxes, context: KernelContext): WideLoop | undefined {
    return context.wide?.planStores(this.stores, axes, context);
  }

  /** Emits the stores of one row. `sum` is the address of its first sum, and moves past the last. */
  emitRow(
    e: LaneEmitter,
    { sum, result }: { sum: Local; result: Local },
    range: Range & { readonly size: number },
  ): void {
    const work = { values: [], stores: this.stores };
    emitVectorRange(e, range, { copies: 1, work, boundCopies: 1 }, () => {
      e.f.get(sum).memory("v128.load").set(result);
      e.f.advance(sum, 16);
      e.scopes.setResult(0, [result]);
      emitStores(e, this.stores);
    });
  }
}
