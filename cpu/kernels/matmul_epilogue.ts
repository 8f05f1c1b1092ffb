/** Hands a unit's finished sums to the caller's epilogue. */

import type { FunctionBuilder, Local, ValueType } from "../wasm/function_builder.ts";

/** A block of finished elements of C, handed to a {@linkcode MatmulEpilogue}. */
export interface FinishedBlock {
  /** First row in C, and the one after the last; i32 as all of these. */
  readonly rowFrom: Local;
  readonly rowTo: Local;
  /** First column in C, a multiple of eight, and the one after the last. */
  readonly columnFrom: Local;
  readonly columnTo: Local;
  /** Address of the first sum. Each row has room for whole quads. */
  readonly sums: Local;
  /** From one row's sums to the next's. */
  readonly sumsRowBytes: number;
  /** The function's extra parameters, as the epilogue declared them. */
  readonly params: readonly Local[];
}

/**
 * What happens to the elements of C once they are complete. The sums wait in scratch memory, not
 * in registers, so that the epilogue is emitted once and not once per accumulator, and so that
 * it runs only after the last block of k.
 */
export interface MatmulEpilogue {
  /** Parameters to add to the generated function, such as output addresses. */
  readonly params: readonly ValueType[];
  /** Emits the treatment of a block. */
  readonly emit: (f: FunctionBuilder, finished: FinishedBlock) => void;
}
