import { s, type Scalar } from "../scalar/mod.ts";
import type { Shape } from "../types.ts";
import { type KernelRow, type LoopKernel, type Store, sumLoop } from "./loop.ts";

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
  asLoop: matmulAsLoop,
};

/** A matrix product: one reduction over k for each batch position, row, and column. */
function matmulAsLoop(kernel: MatmulKernel): LoopKernel {
  const { batch, m, n, k } = kernel;
  const outer = [...batch, m, n];
  const axes = [...outer, k].map((size, axis) => s.axis(axis, size));
  const batchAxes = axes.slice(0, batch.length);
  const [row, column, term] = axes.slice(batch.length) as [Scalar, Scalar, Scalar];
  const value = s.mul(
    matrixElement(kernel.a, batchAxes, [row, term]),
    matrixElement(kernel.b, batchAxes, [term, column]),
  );
  return sumLoop(kernel, { outer, inner: [k], value });
}

function matrixElement(
  { slot, offset, batchStrides, rowStride, columnStride }: MatrixOperand,
  batch: readonly Scalar[],
  position: readonly [row: Scalar, column: Scalar],
): Scalar {
  const strides = [...batchStrides, rowStride, columnStride];
  const index = [...batch, ...position].reduce(
    (sum, at, axis) => s.add(sum, s.mul(at, s.int(strides[axis]!))),
    s.int(offset),
  );
  return s.load(slot, "f32", index);
}
