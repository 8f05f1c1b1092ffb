/** The interface between a matrix product and its epilogue. */

import type { FunctionBuilder, Local, ValueType } from "../wasm/function_builder.ts";

/** A block of finished elements of C, passed to a {@linkcode MatmulEpilogue}. */
export interface FinishedBlock {
  /** First row in C, and the one after the last. All locals are i32. */
  readonly rowFrom: Local;
  readonly rowTo: Local;
  /** First column in C, a multiple of eight, and the one after the last. */
  readonly columnFrom: Local;
  readonly columnTo: Local;
  /** Address of the first sum. Each row has room for whole quads. */
  readonly sums: Local;
  /** Bytes between the sums of adjacent rows. */
  readonly sumsRowBytes: number;
  /** The function's extra parameters, as the epilogue declared them. */
  readonly params: readonly Local[];
}

/**
 * The epilogue: processes the elements of C once they are complete. The sums are in scratch memory,
 * not in registers, so that the epilogue is emitted only once instead of once per accumulator, and
 * only runs after the last block of k.
 */
export interface MatmulEpilogue {
  /** Parameters to add to the generated function, such as output addresses. */
  readonly params: readonly ValueType[];
  /** Emits the epilogue of a block. */
  readonly emit: (f: FunctionBuilder, finished: FinishedBlock) => void;
}
