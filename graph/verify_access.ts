import { GraphError } from "./errors.ts";
import {
  type Conv2dKernel,
  type Kernel,
  kernelSpace,
  type MatmulKernel,
  type MatrixOperand,
  type ScatterKernel,
  type Store,
  storesOf,
} from "./kernel.ts";
import { conv2dOperand } from "./kernels/conv2d.ts";
import type { Plan } from "./plan.ts";
import { rangeOf } from "./scalar/scalar.ts";
import { MOST_ELEMENTS } from "./sizes.ts";
import { type DType, elementCount, formatType, type Shape, type TensorType } from "./types.ts";

/**
 * Checks that a kernel stores only to elements of its slots, and that its operands are in theirs and
 * have the types and layouts that fast kernels rely on. Loads need no check: backends clamp indices
 * that may be outside, because the branches of a `select` are computed whatever its condition is.
 * @throws {GraphError} naming the kernel
 */
export function verifyAccess(kernel: Kernel, plan: Plan): void {
  const typeOf = (slot: number): TensorType => {
    const found = plan.slots[slot];
    return found ? found.type : refuse(kernel, `there is no slot ${slot}`);
  };
  const operands = operandsOf(kernel, typeOf);
  const written = storesOf(kernel).find(({ slot }) => operands.includes(slot));
  if (written) refuse(kernel, `it writes its operand, slot ${written.slot}`);
  const isEmpty = (space: Shape) => space.includes(0);
  const inner = kernel.kind === "loop" ? kernel.innerStores : [];
  const outer = kernel.kind === "loop" ? kernel.outerStores : kernel.stores;
  const whole = kernelSpace(kernel);
  if (!isEmpty(whole)) inner.forEach((store) => verifyStore(kernel, store, typeOf(store.slot)));
  if (isEmpty(kernel.kind === "loop" ? kernel.outer : whole)) return;
  outer.forEach((store) => verifyStore(kernel, store, typeOf(store.slot)));
}

function verifyStore(kernel: Kernel, { index }: Store, type: TensorType): void {
  const [first, last] = rangeOf(index);
  if (first >= 0 && last < elementCount(type.shape)) return;
  refuse(
    kernel,
    `it must store to elements of its slot, ${formatType(type)}: current elements are ${first} ` +
      `to ${last}`,
  );
}

/** The type of a slot. */
type TypeOf = (slot: number) => TensorType;

/** Checks the operands of a kernel, and returns their slots. */
function operandsOf(kernel: Kernel, typeOf: TypeOf): readonly number[] {
  switch (kernel.kind) {
    case "loop":
      return [];
    case "matmul":
      verifyProduct(kernel, typeOf);
      return [kernel.a.slot, kernel.b.slot];
    case "conv2d":
      verifyConvolution(kernel, typeOf);
      return [kernel.a, kernel.b];
    case "scatter":
      verifyScatter(kernel, typeOf);
      return [kernel.source, kernel.indices];
  }
}

function verifyProduct(kernel: MatmulKernel, typeOf: TypeOf): void {
  const { m, n, k, a, b } = kernel;
  verifyMatrix(kernel, { operand: a, rows: m, columns: k }, typeOf(a.slot));
  verifyMatrix(kernel, { operand: b, rows: k, columns: n }, typeOf(b.slot));
}

function verifyMatrix(
  kernel: MatmulKernel,
  { operand, rows, columns }: { operand: MatrixOperand; rows: number; columns: number },
  type: TensorType,
): void {
  const { offset, batchStrides, rowStride, columnStride } = operand;
  if (batchStrides.length !== kernel.batch.length) {
    refuse(kernel, "an operand must have a stride for each batch axis");
  }
  if (rowStride !== 1 && columnStride !== 1 && rows > 1 && columns > 1) {
    refuse(kernel, "one of the strides of an operand must be 1");
  }
  const sizes = [...kernel.batch, rows, columns];
  const steps = [...batchStrides, rowStride, columnStride]
    .map((stride, axis) => stride * (sizes[axis]! - 1));
  const first = steps.reduce((sum, step) => sum + Math.min(step, 0), offset);
  const last = steps.reduce((sum, step) => sum + Math.max(step, 0), offset);
  const isEmpty = [...kernel.batch, kernel.m, kernel.n, kernel.k].includes(0);
  verifyOperand(kernel, type, { dtype: "f32", first, last: isEmpty ? -1 : last });
}

function verifyConvolution(kernel: Conv2dKernel, typeOf: TypeOf): void {
  const { sizes: { c, o, groups, ...sizes } } = kernel;
  if (groups < 1 || c % groups !== 0 || o % groups !== 0) {
    refuse(kernel, `${groups} groups must divide ${c} and ${o} channels`);
  }
  const images = [sizes.h, sizes.w];
  const windows = [sizes.kernelHeight, sizes.kernelWidth];
  [sizes.outHeight, sizes.outWidth].forEach((count, axis) => {
    const [stride, dilation, padding] = [sizes.stride, sizes.dilation, sizes.padding]
      .map((pair) => pair[axis as 0 | 1]) as [number, number, number];
    const span = (windows[axis]! - 1) * dilation + 1;
    const farthest = Math.max(
      ...[stride, dilation, span, images[axis]! + 2 * padding, (count - 1) * stride + span],
    );
    if (stride < 1 || dilation < 1 || farthest > MOST_ELEMENTS) {
      refuse(kernel, "its strides must be positive, and its positions 32-bit integers");
    }
  });
  for (const operand of ["a", "b"] as const) {
    const last = elementCount(conv2dOperand(kernel, operand)) - 1;
    verifyOperand(kernel, typeOf(kernel[operand]), { dtype: "f32", first: 0, last });
  }
}

function verifyScatter(kernel: ScatterKernel, typeOf: TypeOf): void {
  const { type, columns, terms, source, indices } = kernel;
  verifyOperand(kernel, typeOf(source), { dtype: type, first: 0, last: terms * columns - 1 });
  verifyOperand(kernel, typeOf(indices), { dtype: "i32", first: 0, last: terms - 1 });
}

function verifyOperand(
  kernel: Kernel,
  type: TensorType,
  { dtype, first, last }: { readonly dtype: DType; readonly first: number; readonly last: number },
): void {
  const isInside = last < 0 || (first >= 0 && last < elementCount(type.shape));
  if (type.dtype === dtype && isInside) return;
  refuse(
    kernel,
    `its operand must be in a slot of type ${dtype}: it has elements ${first} to ${last} of ` +
      formatType(type),
  );
}

function refuse({ label }: Kernel, why: string): never {
  throw new GraphError(`Cannot accept kernel "${label}": ${why}`);
}
