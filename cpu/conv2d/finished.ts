/** The interface between a convolution and its epilogue. */
import type { Epilogue } from "../loops/epilogue.ts";
import type { Local, Operand } from "../wasm/function_builder.ts";

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
  /** The function's extra parameters: as many as the epilogue has. */
  readonly params: readonly Local[];
}

/** Processes the elements of a convolution's result. */
export type Conv2dEpilogue = Epilogue<FinishedSums>;

/** What an emitter of convolutions needs beside its plan. */
export interface Conv2dOptions {
  readonly epilogue: Conv2dEpilogue;
  /** Whether to use the fused multiply-add of relaxed SIMD. */
  readonly relaxed: boolean;
}
