import type { Conv2dKernel, Kernel, LoopKernel } from "../../graph/kernel.ts";
import type { Conv2dTile, Conv2dWeightTile } from "../adapter_table.ts";

/**
 * A forward or input-gradient convolution whose invocations own a tile of channels ×
 * pixels. The weight, operand `b`, is packed: see `packedWeight`.
 */
export interface Conv2dPixelsKernel {
  readonly kind: "conv2dPixels";
  readonly label: string;
  readonly conv: Conv2dKernel;
  readonly tile: Conv2dTile;
}

/**
 * A weight gradient whose invocations own a tile of output × input channels for one row
 * of the weight. The stores may use axis 4, the number of the split.
 */
export interface Conv2dWeightKernel {
  readonly kind: "conv2dWeight";
  readonly label: string;
  readonly conv: Conv2dKernel;
  readonly tile: Conv2dWeightTile;
  readonly splits: WeightSplits;
}

/** Into how many parts the images, and the rows of an image, are cut; each is summed alone. */
export interface WeightSplits {
  readonly images: number;
  readonly rows: number;
}

/** A loop that packs a weight; a kind of its own so that it suits the launch of another. */
export interface Conv2dPackingKernel {
  readonly kind: "conv2dPacking";
  readonly label: string;
  readonly loop: LoopKernel;
}

/** Everything that is printed as WGSL: kernels of plans, and what those turn into here. */
export type GpuKernel =
  | Kernel
  | Conv2dPixelsKernel
  | Conv2dWeightKernel
  | Conv2dPackingKernel;

/** The discriminating names. */
export type GpuKernelKind = GpuKernel["kind"];

/** The kernel of a plan that names the same slots and stores. */
export function plainKernel(kernel: GpuKernel): Kernel {
  if ("loop" in kernel) return kernel.loop;
  return "conv" in kernel ? kernel.conv : kernel;
}
