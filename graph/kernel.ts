/**
 * Kernels: what a backend can launch. Plain data over numbered slots.
 * @module
 */
import type { Scalar } from "./scalar/mod.ts";
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
 * run the reductions one after the other over the inner axes, then do the outer stores
 * once and the inner stores for every inner position.
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
  /** Done once for every outer position, after the reductions; may use `result`. */
  readonly outerStores: readonly Store[];
  /** Done for every inner position, after the reductions; may use `result`. */
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

/** Everything that a backend can launch. */
export type Kernel = LoopKernel | MatmulKernel;

/** The discriminating names of the kernels: a backend's table has one entry for each. */
export type KernelKind = Kernel["kind"];

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
