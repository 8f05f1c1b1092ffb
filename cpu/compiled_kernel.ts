/** The interface between a plan's code and that of its kernels. */
import type { DType } from "../graph/types.ts";
import type { MathLibrary } from "./math/math_library.ts";
import type { FunctionHandle } from "./wasm/function_builder.ts";

/** What the code of values depends on. */
export interface ValueContext {
  readonly math: MathLibrary;
  readonly slotType: (slot: number) => SlotType;
}

/** The properties of a slot that generated code depends on. */
export interface SlotType {
  readonly dtype: DType;
  readonly elementCount: number;
}

/** How the work of a kernel can be split. */
export interface Workload {
  /** Number of units of work. Any thread may process any range of them. */
  readonly unitCount: number;
  /** Number of adjacent units that share packed operands. Ranges should be multiples of this. */
  readonly unitsPerPack: number;
  /** Bytes of scratch memory per thread, a multiple of 16. */
  readonly scratchByteLength: number;
}

/** A kernel's generated function. */
export interface CompiledKernel extends Workload {
  /**
   * `(unitFrom, unitTo, table, scratch)`: `table` lists the addresses of the slots; loop kernels
   * take no `scratch`.
   */
  readonly handle: FunctionHandle;
  /** Approximate number of vector instructions of the whole kernel. */
  readonly cost: number;
}
