/**
 * Kernels: the units that a backend can launch, as plain data over numbered slots.
 * @module
 */
import { GraphError } from "./errors.ts";
import { type Conv2dKernel, conv2dRow } from "./kernels/conv2d.ts";
import type { KernelRow, LoopKernel, Store } from "./kernels/loop.ts";
import { type MatmulKernel, matmulRow } from "./kernels/matmul.ts";
import { type ScatterKernel, scatterRow } from "./kernels/scatter.ts";
import { type Scalar, visitScalars } from "./scalar/mod.ts";
import type { Shape } from "./types.ts";

export { type Conv2dKernel, type Conv2dSizes, conv2dSpace } from "./kernels/conv2d.ts";
export type { Combine, LoopKernel, Reduction, Store } from "./kernels/loop.ts";
export type { MatmulKernel, MatrixOperand } from "./kernels/matmul.ts";
export type { ScatterKernel } from "./kernels/scatter.ts";

/** Any kernel that a backend can launch. */
export type Kernel = LoopKernel | MatmulKernel | Conv2dKernel | ScatterKernel;

/** The discriminants of `Kernel`. */
export type KernelKind = Kernel["kind"];

/** One row for each kind of kernel. */
const rows: { readonly [Kind in KernelKind]: KernelRow<Extract<Kernel, { kind: Kind }>> } = {
  loop: {
    operands: () => [],
    space: ({ outer, inner }) => [...outer, ...inner],
    loops: ({ outer, inner }) => [outer, inner],
  },
  matmul: matmulRow,
  conv2d: conv2dRow,
  scatter: scatterRow,
};

/** A kernel in the form in which its row can be looked up. */
export type KernelOf<Kind extends KernelKind> =
  & Extract<Kernel, { kind: Kind }>
  & { readonly kind: Kind };

/** Sizes of the axes that a kernel's scalars may use, by axis number. */
export function kernelSpace<Kind extends KernelKind>(kernel: KernelOf<Kind>): Shape {
  return rows[kernel.kind].space(kernel);
}

/** Sizes of the axes of a kernel's loops, in groups that share one 32-bit trip count. */
export function loopsOf<Kind extends KernelKind>(kernel: KernelOf<Kind>): readonly Shape[] {
  return rows[kernel.kind].loops(kernel);
}

/** All stores of a kernel. */
export function storesOf(kernel: Kernel): readonly Store[] {
  return kernel.kind === "loop" ? [...kernel.outerStores, ...kernel.innerStores] : kernel.stores;
}

/** All scalar expressions of a kernel. */
export function scalarsOf(kernel: Kernel): Scalar[] {
  const stores = storesOf(kernel).flatMap(({ index, value }) => [index, value]);
  const reductions = kernel.kind === "loop" ? kernel.reductions.map(({ value }) => value) : [];
  return [...reductions, ...stores];
}

/** The slots that a kernel reads: its operands and the loads of its scalars. */
export function slotsReadBy<Kind extends KernelKind>(kernel: KernelOf<Kind>): Set<number> {
  const slots = new Set(rows[kernel.kind].operands(kernel));
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.op === "load") slots.add(slotNumber(scalar.source));
  });
  return slots;
}

/** The slots that a kernel writes. */
export function slotsWrittenBy(kernel: Kernel): Set<number> {
  return new Set(storesOf(kernel).map(({ slot }) => slot));
}

/** The slot number that is the source of a load in a plan. */
export function slotNumber(source: unknown): number {
  if (typeof source === "number") return source;
  throw new GraphError(
    `Cannot use a load: its source must be a slot number: current is ${String(source)}`,
  );
}
