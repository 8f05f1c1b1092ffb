import type { Shape } from "../types.ts";
import type { KernelRow, Store } from "./loop.ts";

/** The layout of a matrix operand in its slot. Strides are in elements. */
export interface MatrixOperand {
  /** The slot number. */
  readonly slot: number;
  /** Element index of the first element. */
  readonly offset: number;
  /** One stride for each batch axis. 0 broadcasts the matrix. */
  readonly batchStrides: readonly number[];
  /** Stride from one row to the next. */
  readonly rowStride: number;
  /** Stride from one column to the next. */
  readonly columnStride: number;
}

/**
 * Batched matrix product with an epilogue. For every position of the axes (batch…, row of m, column
 * of n), `result 0` is Σ_k a[row, k] · b[k, column], f32, followed by the stores. `a` is m×k and
 * `b` is k×n. One of the two strides of each is 1, unless the matrix has only one row or column.
 * Axes are numbered in this order, so row and column are the last two. The stores never write a
 * slot of `a` or `b`.
 */
export interface MatmulKernel {
  /** The kind of kernel. */
  readonly kind: "matmul";
  /** Name for error messages, profiles, and debug labels. */
  readonly label: string;
  /** Sizes of the batch axes. */
  readonly batch: Shape;
  /** Rows of the result. */
  readonly m: number;
  /** Columns of the result. */
  readonly n: number;
  /** Number of terms of each sum. */
  readonly k: number;
  /** The left operand, m×k. */
  readonly a: MatrixOperand;
  /** The right operand, k×n. */
  readonly b: MatrixOperand;
  /** The epilogue: the stores for each finished sum. */
  readonly stores: readonly Store[];
}

/** The row of matrix products. */
export const matmulRow: KernelRow<MatmulKernel> = {
  operands: ({ a, b }) => [a.slot, b.slot],
  space: matmulSpace,
  loops: (kernel) => [matmulSpace(kernel), [kernel.k]],
};

function matmulSpace({ batch, m, n }: MatmulKernel): Shape {
  return [...batch, m, n];
}
