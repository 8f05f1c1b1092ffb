/**
 * Kernels: what a backend can launch. Plain data over numbered slots.
 * @module
 */
import { GraphError } from "./errors.ts";
import { type Scalar, visitScalars } from "./scalar/mod.ts";
import type { Shape } from "./types.ts";

/** How a reduction combines values. The empty sum is 0, the empty maximum −∞. */
export type Combine = "sum" | "max" | "min" | "prod";

/** One reduction of a loop kernel, over all positions of the inner axes. */
export interface Reduction {
  /** How values are combined. */
  readonly combine: Combine;
  /** May use all axes, loads, and the results of earlier reductions. */
  readonly value: Scalar;
}

/** One value that a kernel writes: `slot[index] = value`. */
export interface Store {
  /** The slot number. */
  readonly slot: number;
  /** Row-major element index in the slot. */
  readonly index: Scalar;
  /** What is written, of the slot's scalar type. */
  readonly value: Scalar;
}

/**
 * A loop nest. For every position of the outer axes (in parallel, in any order):
 * run the reductions one after the other over the inner axes, then do the inner stores for
 * every inner position, then the outer stores once.
 *
 * Axes are numbered outer first: axis `i` of `outer` is axis `i`, axis `j` of `inner`
 * is axis `outer.length + j`. An elementwise kernel has no inner axes and no
 * reductions. A store may write a slot that the kernel also loads, but then all these
 * loads have the store's own index and axes.
 */
export interface LoopKernel {
  /** Tells the kinds of kernel apart. */
  readonly kind: "loop";
  /** For messages, profiles and debug labels. */
  readonly label: string;
  /** Sizes of the axes that run in parallel. */
  readonly outer: Shape;
  /** Sizes of the axes that are reduced or run in order. */
  readonly inner: Shape;
  /** In order; each may use the results of those before it. */
  readonly reductions: readonly Reduction[];
  /** Done once for every outer position, last; may use `result`. */
  readonly outerStores: readonly Store[];
  /** Done for every inner position, after the reductions and before the outer stores. */
  readonly innerStores: readonly Store[];
}

/** Where a matrix operand lies in its slot. Strides count elements. */
export interface MatrixOperand {
  /** The slot number. */
  readonly slot: number;
  /** Element index of the first element. */
  readonly offset: number;
  /** One stride for each batch axis; 0 repeats the matrix. */
  readonly batchStrides: readonly number[];
  /** Elements from one row to the next. */
  readonly rowStride: number;
  /** Elements from one column to the next. */
  readonly columnStride: number;
}

/**
 * Batched matrix product with an epilogue. For every position of the axes
 * (batch…, row of m, column of n): `result 0` is Σ_k a[row, k] · b[k, column], f32, and
 * the stores are done. `a` is m×k and `b` is k×n; one of the two strides of each is 1
 * (or the matrix has one row or column only). Axes are numbered as in this list, so
 * row and column are the last two. The stores never write a slot of `a` or `b`.
 */
export interface MatmulKernel {
  /** Tells the kinds of kernel apart. */
  readonly kind: "matmul";
  /** For messages, profiles and debug labels. */
  readonly label: string;
  /** Sizes of the batch axes. */
  readonly batch: Shape;
  /** Rows of the result. */
  readonly m: number;
  /** Columns of the result. */
  readonly n: number;
  /** Terms of each sum. */
  readonly k: number;
  /** The left operand, m×k. */
  readonly a: MatrixOperand;
  /** The right operand, k×n. */
  readonly b: MatrixOperand;
  /** What is done with each finished sum. */
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
  /** Input channels, of all groups together. */
  readonly c: number;
  /** Rows of the input. */
  readonly h: number;
  /** Columns of the input. */
  readonly w: number;
  /** Output channels, of all groups together. */
  readonly o: number;
  /** Rows of the weight. */
  readonly kernelHeight: number;
  /** Columns of the weight. */
  readonly kernelWidth: number;
  /** Rows of the result. */
  readonly outHeight: number;
  /** Columns of the result. */
  readonly outWidth: number;
  /** Input rows and columns from one output to the next. */
  readonly stride: readonly [number, number];
  /** Rows of zeros above and columns of zeros left of the image; those behind are implied. */
  readonly padding: readonly [number, number];
  /** Input rows and columns from one weight to the next. */
  readonly dilation: readonly [number, number];
  /** Groups of channels that do not see each other. */
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
  /** Tells the kinds of kernel apart. */
  readonly kind: "conv2d";
  /** For messages, profiles and debug labels. */
  readonly label: string;
  /** Which of the three sums. */
  readonly role: "forward" | "inputGradient" | "weightGradient";
  /** Sizes of the forward convolution. */
  readonly sizes: Conv2dSizes;
  /** Slot of the first operand. */
  readonly a: number;
  /** Slot of the second operand. */
  readonly b: number;
  /** What is done with each finished sum. */
  readonly stores: readonly Store[];
}

/** Everything that a backend can launch. */
export type Kernel = LoopKernel | MatmulKernel | Conv2dKernel;

/** The discriminating names of the kernels: a backend's table has one entry for each. */
export type KernelKind = Kernel["kind"];

/** Sizes of the axes that a kernel's scalars may use, in the order of their numbers. */
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

/** Sizes of the four axes that the stores of a convolution are over. */
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

/** The slots that a kernel reads as matrices or images, besides the loads of its scalars. */
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

/** The slots that a kernel reads: its operands, and what its scalars load. */
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

/** The slot number that a load of a plan has as its source. */
export function slotNumber(source: unknown): number {
  if (typeof source === "number") return source;
  throw new GraphError(`Cannot use a load: its source is not a slot number: ${String(source)}`);
}
