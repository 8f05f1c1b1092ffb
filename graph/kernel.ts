/**
 * Kernels: the units that a backend can launch, as plain data over numbered slots.
 * @module
 */
import { GraphError } from "./errors.ts";
import { type Scalar, visitScalars } from "./scalar/mod.ts";
import type { Shape } from "./types.ts";

/** How a reduction combines values. An empty sum is 0, an empty maximum −∞. */
export type Combine = "sum" | "max" | "min" | "prod";

/** One reduction of a loop kernel, over all positions of the inner axes. */
export interface Reduction {
  /** How to combine values. */
  readonly combine: Combine;
  /** The value to combine. May use all axes, loads, and the results of earlier reductions. */
  readonly value: Scalar;
}

/** A store: `slot[index] = value`. */
export interface Store {
  /** The slot number. */
  readonly slot: number;
  /** Row-major element index in the slot. */
  readonly index: Scalar;
  /** The value to write, of the slot's scalar type. */
  readonly value: Scalar;
}

/**
 * A loop nest. For every position of the outer axes (in parallel, in any order): run the reductions
 * in order over the inner axes, then the inner stores for every inner position, then the outer
 * stores once.
 *
 * Axes are numbered outer first: axis `i` of `outer` is axis `i`, axis `j` of `inner` is axis
 * `outer.length + j`. An elementwise kernel has no inner axes and no reductions. A store may write
 * a slot that the kernel also loads, but only if all these loads have the store's own index and
 * axes.
 */
export interface LoopKernel {
  /** The kind of kernel. */
  readonly kind: "loop";
  /** Name for error messages, profiles, and debug labels. */
  readonly label: string;
  /** Sizes of the axes that run in parallel. */
  readonly outer: Shape;
  /** Sizes of the axes that are reduced, or that run in order. */
  readonly inner: Shape;
  /** The reductions, in order. Each may use the results of the previous ones. */
  readonly reductions: readonly Reduction[];
  /** The stores for every outer position, executed last. May use `result`. */
  readonly outerStores: readonly Store[];
  /** The stores for every inner position, after the reductions and before the outer stores. */
  readonly innerStores: readonly Store[];
}

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

/**
 * Sizes of a two-dimensional convolution: images [n, c, h, w], weight
 * [o, c / groups, kernelHeight, kernelWidth], result [n, o, outHeight, outWidth], all
 * contiguous.
 */
export interface Conv2dSizes {
  /** Images in the batch. */
  readonly n: number;
  /** Input channels, over all groups. */
  readonly c: number;
  /** Rows of the input. */
  readonly h: number;
  /** Columns of the input. */
  readonly w: number;
  /** Output channels, over all groups. */
  readonly o: number;
  /** Rows of the weight. */
  readonly kernelHeight: number;
  /** Columns of the weight. */
  readonly kernelWidth: number;
  /** Rows of the result. */
  readonly outHeight: number;
  /** Columns of the result. */
  readonly outWidth: number;
  /** Input rows and columns between adjacent outputs. */
  readonly stride: readonly [number, number];
  /** Rows of zeros above and columns of zeros left of the image. Those at the end are implied. */
  readonly padding: readonly [number, number];
  /** Input rows and columns between adjacent weights. */
  readonly dilation: readonly [number, number];
  /** Number of independent groups of channels. */
  readonly groups: number;
}

/**
 * One of the three sums of products of a convolution, with an epilogue. With
 * `y = i·stride + u·dilation − padding` (likewise for columns), and channels restricted to
 * their group, `result 0` is
 *
 * | role | `a` | `b` | result axes | result 0 |
 * | --- | --- | --- | --- | --- |
 * | `forward` | images | weight | n, o, i, j | Σ_{c,u,v} a[n,c,y,x] · b[o,c,u,v] |
 * | `inputGradient` | result-shaped | weight | n, c, y, x | Σ_{o,i,j,u,v} a[n,o,i,j] · b[o,c,u,v] |
 * | `weightGradient` | images | result-shaped | o, c, u, v | Σ_{n,i,j} a[n,c,y,x] · b[n,o,i,j] |
 *
 * The four axes are numbered as in the table. The stores never write a slot of `a` or `b`.
 */
export interface Conv2dKernel {
  /** The kind of kernel. */
  readonly kind: "conv2d";
  /** Name for error messages, profiles, and debug labels. */
  readonly label: string;
  /** Which of the three sums. */
  readonly role: "forward" | "inputGradient" | "weightGradient";
  /** Sizes of the forward convolution. */
  readonly sizes: Conv2dSizes;
  /** Slot of the first operand. */
  readonly a: number;
  /** Slot of the second operand. */
  readonly b: number;
  /** The epilogue: the stores for each finished sum. */
  readonly stores: readonly Store[];
}

/** Any kernel that a backend can launch. */
export type Kernel = LoopKernel | MatmulKernel | Conv2dKernel;

/** The discriminants of `Kernel`. */
export type KernelKind = Kernel["kind"];

/** Sizes of the axes that a kernel's scalars may use, by axis number. */
export function kernelSpace(kernel: Kernel): Shape {
  switch (kernel.kind) {
    case "loop":
      return [...kernel.outer, ...kernel.inner];
    case "matmul":
      return [...kernel.batch, kernel.m, kernel.n];
    case "conv2d":
      return conv2dSpace(kernel);
  }
}

/** Sizes of the four axes of a convolution's stores. */
export function conv2dSpace({ role, sizes }: Pick<Conv2dKernel, "role" | "sizes">): Shape {
  const { n, c, h, w, o, groups, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  switch (role) {
    case "forward":
      return [n, o, outHeight, outWidth];
    case "inputGradient":
      return [n, c, h, w];
    case "weightGradient":
      return [o, c / groups, kernelHeight, kernelWidth];
  }
}

/** All stores of a kernel. */
export function storesOf(kernel: Kernel): readonly Store[] {
  return kernel.kind === "loop" ? [...kernel.outerStores, ...kernel.innerStores] : kernel.stores;
}

/** The slots that a kernel reads as matrices or images, in addition to the loads of its scalars. */
export function operandSlots(kernel: Kernel): readonly number[] {
  switch (kernel.kind) {
    case "loop":
      return [];
    case "matmul":
      return [kernel.a.slot, kernel.b.slot];
    case "conv2d":
      return [kernel.a, kernel.b];
  }
}

/** All scalar expressions of a kernel. */
export function scalarsOf(kernel: Kernel): Scalar[] {
  const stores = storesOf(kernel).flatMap(({ index, value }) => [index, value]);
  const reductions = kernel.kind === "loop" ? kernel.reductions.map(({ value }) => value) : [];
  return [...reductions, ...stores];
}

/** The slots that a kernel reads: its operands and the loads of its scalars. */
export function slotsReadBy(kernel: Kernel): Set<number> {
  const slots = new Set(operandSlots(kernel));
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
