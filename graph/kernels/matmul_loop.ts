import { s, type Scalar } from "../scalar/mod.ts";
import { type LoopKernel, sumLoop } from "./loop.ts";
import type { MatmulKernel, MatrixOperand } from "./matmul.ts";

/** A matrix product: one reduction over k for each batch position, row, and column. */
export function matmulAsLoop(kernel: MatmulKernel): LoopKernel {
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
