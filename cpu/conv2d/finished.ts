/** The interface between a convolution and its epilogue. */
import type { FunctionBuilder, Local, Operand, ValueType } from "../wasm/function_builder.ts";

/** A range of positions along one axis of the result, and the stride of their sums. */
export interface FinishedRange {
  readonly from: Operand;
  readonly to: Operand;
  /** Bytes between the sums of adjacent positions. */
  readonly sumBytes: number;
}

/** A block of finished sums. */
export interface FinishedSums {
  /** Address of the first sum. */
  readonly sums: Local;
  /** One range per axis of the result. The sums along the last axis are contiguous. */
  readonly ranges: readonly [FinishedRange, FinishedRange, FinishedRange, FinishedRange];
  /** The preferred loop order of the axes before the last, outermost first. */
  readonly order: readonly number[];
  /** The function's extra parameters, as the epilogue declared them. */
  readonly params: readonly Local[];
}

/** The epilogue: processes each element of the result once its sum is complete. */
export interface Conv2dEpilogue {
  /** Parameters to add to the generated function, such as output addresses. */
  readonly params: readonly ValueType[];
  /** Emits the epilogue. Called once. */
  readonly emit: (f: FunctionBuilder, finished: FinishedSums) => void;
}

/** A generated convolution and its requirements. */
export interface EmittedConv2d {
  readonly unitCount: number;
  /** Number of adjacent units that share packed operands. Ranges should be multiples of this. */
  readonly unitsPerPack: number;
  /** Bytes of scratch memory per thread, 16-byte aligned. */
  readonly scratchByteLength: number;
}

/** The parameters of every convolution, and those of its epilogue. */
export interface Conv2dParams {
  readonly a: Local;
  readonly b: Local;
  readonly scratch: Local;
  readonly unitFrom: Local;
  readonly unitTo: Local;
  readonly extra: readonly Local[];
}
