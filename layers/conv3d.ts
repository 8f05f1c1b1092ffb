import { conv3d, type Tensor, type Triple } from "../autograd/mod.ts";
import { type Conv3dOptions, conv3dRules } from "../graph/mod.ts";
import { Convolution } from "./convolution.ts";
import { type LinearOptions, linearRules } from "./linear.ts";

/** Options for `Conv3d`. */
export interface Conv3dLayerOptions extends Conv3dOptions, LinearOptions {}

const conv3dKind = { axes: ["d", "h", "w"], rules: { ...conv3dRules, ...linearRules } };

/**
 * Three-dimensional convolution (cross-correlation) of volumes, such as videos and scans.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, inChannels, d, h, w] |
 * | `weight` | f32 | [outChannels, inChannels / groups, kd, kh, kw] |
 * | `bias` | f32 | [outChannels] |
 * | returns | f32 | [n, outChannels, outD, outH, outW] |
 *
 * It needs memory for kd copies of the volumes, see `conv3d`.
 */
export class Conv3d extends Convolution<Conv3dOptions> {
  /** `kernelSize`: depth, height, and width of the kernel, or all as one number. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | Triple,
    options: Conv3dLayerOptions = {},
  ) {
    super({ inChannels, outChannels, kernelSize }, conv3dKind, options);
  }

  /** Convolves the volumes. */
  protected override convolve(x: Tensor): Tensor {
    return conv3d(x, this.weight, this.window);
  }
}
