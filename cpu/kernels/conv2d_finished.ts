/** What a convolution hands to its epilogue. */
import type { FunctionBuilder, Local, Operand, ValueType } from "../wasm/function_builder.ts";

/** Positions along one axis of the result, and how far apart their sums lie. */
export interface FinishedRange {
  readonly from: Operand;
  readonly to: Operand;
  /** Bytes from one position's sum to the next one's. */
  readonly sumBytes: number;
}

/** A block of finished sums. */
export interface FinishedSums {
  /** Address of the first sum. */
  readonly sums: Local;
  /** By axis of the result; the last one's sums are neighbours. */
  readonly ranges: readonly [FinishedRange, FinishedRange, FinishedRange, FinishedRange];
  /** The axes before the last in the order in which they had better be walked, outermost first. */
  readonly order: readonly number[];
  /** The function's extra parameters, as the epilogue declared them. */
  readonly params: readonly Local[];
}

/** What happens to each element of the result once it is complete. */
export interface Conv2dEpilogue {
  /** Parameters to add to the generated function, such as output addresses. */
  readonly params: readonly ValueType[];
  /** Emits the treatment; called once. */
  readonly emit: (f: FunctionBuilder, finished: FinishedSums) => void;
}

/** A generated convolution and what its caller must provide. */
export interface EmittedConv2d {
  readonly unitCount: number;
  /** Neighbouring units that share packed operands; ranges had better be multiples of it. */
  readonly unitsPerPack: number;
  /** Scratch memory that each thread needs for itself, 16-byte aligned. */
  readonly scratchByteLength: number;
}

/** The parameters that every convolution has, and those of its epilogue. */
export interface Conv2dParams {
  readonly a: Local;
  readonly b: Local;
  readonly scratch: Local;
  readonly unitFrom: Local;
  readonly unitTo: Local;
  readonly extra: readonly Local[];
}
