import type { Scalar } from "../scalar/mod.ts";
import type { Shape } from "../types.ts";

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

/** What all code needs to know about a kind of kernel. */
export interface KernelRow<K> {
  /** The slots that the kernel reads in addition to the loads of its stores. */
  readonly operands: (kernel: K) => readonly number[];
  /** Sizes of the axes that the kernel's stores may use, by axis number. */
  readonly space: (kernel: K) => Shape;
  /** Sizes of the axes of its loops, in groups that share one 32-bit trip count. */
  readonly loops: (kernel: K) => readonly Shape[];
}

/** Sums `value` over the inner axes; the sum of no terms is 0. */
export function sumLoop(
  { label, stores }: { readonly label: string; readonly stores: readonly Store[] },
  { outer, inner, value }: { readonly outer: Shape; readonly inner: Shape; readonly value: Scalar },
): LoopKernel {
  return {
    kind: "loop",
    label,
    outer,
    inner,
    reductions: [{ combine: "sum", value }],
    outerStores: stores,
    innerStores: [],
  };
}
