import type { Conv2dKernel, Kernel, LoopKernel, ScatterKernel } from "../../graph/kernel.ts";
import type { Conv2dTile, Conv2dWeightTile } from "../adapter_profile.ts";

/**
 * A forward or input-gradient convolution in which each invocation computes a tile of channels ×
 * pixels. The weight, operand `b`, is packed; see `packedWeight`.
 */
export interface Conv2dPixelsKernel {
  readonly kind: "conv2dPixels";
  readonly label: string;
  readonly conv: Conv2dKernel;
  readonly tile: Conv2dTile;
  /** Number of invocations that share a tile. Each sums a part of the source channels. */
  readonly sharers: number;
}

/**
 * A weight gradient in which each invocation computes a tile of output × input channels for one
 * row of the weight. The stores may use axis 4, the number of the split.
 */
export interface Conv2dWeightKernel {
  readonly kind: "conv2dWeight";
  readonly label: string;
  readonly conv: Conv2dKernel;
  readonly tile: Conv2dWeightTile;
  readonly splits: WeightSplits;
}

/**
 * A weight gradient through workgroup memory; see `WeightBlocks`. The stores may use axis 4, the
 * number of the part.
 */
export interface Conv2dWeightProductKernel {
  readonly kind: "conv2dWeightProduct";
  readonly label: string;
  readonly conv: Conv2dKernel;
  /** Number of parts into which the images are split. Each part is summed separately. */
  readonly parts: number;
}

/**
 * Number of parts into which the images, and the rows of an image, are split. Each part is summed
 * separately.
 */
export interface WeightSplits {
  readonly images: number;
  readonly rows: number;
}

/**
 * A loop that packs a weight. A separate kind, because its workgroup size must fit another kernel's
 * launch.
 */
export interface Conv2dPackingKernel {
  readonly kind: "conv2dPacking";
  readonly label: string;
  readonly loop: LoopKernel;
}

/** The terms of each row of a scatter, as lists in the slot that it stores to. */
export interface ScatterListsKernel {
  readonly kind: "scatterLists";
  readonly label: string;
  readonly scatter: ScatterKernel;
  readonly visits: ScatterVisits;
}

/** A scatter with the slot of its lists in place of that of its indices. */
export interface ScatterSumsKernel {
  readonly kind: "scatterSums";
  readonly label: string;
  readonly scatter: ScatterKernel;
  readonly visits: ScatterVisits;
}

/**
 * How the sums of a scatter find their rows: they visit all rows of the result, or all terms, where
 * the first term of a row stands for the row. The second costs nothing for rows without terms, so
 * it needs stores that change nothing there.
 */
export type ScatterVisits = "rows" | "terms";

/**
 * The kernels that are printed as WGSL: those of plans, and the specialized ones of this backend.
 */
export type GpuKernel =
  | Kernel
  | Conv2dPixelsKernel
  | Conv2dWeightKernel
  | Conv2dWeightProductKernel
  | Conv2dPackingKernel
  | ScatterListsKernel
  | ScatterSumsKernel;

/** The discriminants of `GpuKernel`. */
export type GpuKernelKind = GpuKernel["kind"];

/** The plan kernel with the same slots and stores. */
export function plainKernel(kernel: GpuKernel): Kernel {
  if ("loop" in kernel) return kernel.loop;
  if ("scatter" in kernel) return kernel.scatter;
  return "conv" in kernel ? kernel.conv : kernel;
}
