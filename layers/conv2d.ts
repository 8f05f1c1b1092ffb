import { conv2d, convTranspose2d, type Pair, type Tensor } from "../autograd/mod.ts";
import {
  type Conv2dOptions,
  conv2dRules,
  type ConvTranspose2dOptions,
  convTranspose2dRules,
  type Shape,
} from "../graph/mod.ts";
import { Convolution } from "./convolution.ts";
import { type LinearOptions, linearRules } from "./linear.ts";

/** Options for `Conv2d`. */
export interface Conv2dLayerOptions extends Conv2dOptions, LinearOptions {}

/** Options for `ConvTranspose2d`. */
export interface ConvTranspose2dLayerOptions extends ConvTranspose2dOptions, LinearOptions {}

const axes = ["h", "w"];
const conv2dKind = { axes, rules: { ...conv2dRules, ...linearRules } };
const convTranspose2dKind = { axes, rules: { ...convTranspose2dRules, ...linearRules } };

/**
 * Two-dimensional convolution (cross-correlation) of images.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, inChannels, h, w] |
 * | `weight` | f32 | [outChannels, inChannels / groups, kh, kw] |
 * | `bias` | f32 | [outChannels] |
 * | returns | f32 | [n, outChannels, outH, outW] |
 */
export class Conv2d extends Convolution<Conv2dOptions> {
  /** `kernelSize`: height and width of the kernel, or both as one number. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | Pair,
    options: Conv2dLayerOptions = {},
  ) {
    super({ inChannels, outChannels, kernelSize }, conv2dKind, options);
  }

  /** Convolves the images. */
  protected override convolve(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.window);
  }
}

/**
 * Transposed convolution of images, as PyTorch's `ConvTranspose2d`: with a stride, it enlarges them.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, inChannels, h, w] |
 * | `weight` | f32 | [inChannels, outChannels / groups, kh, kw] |
 * | `bias` | f32 | [outChannels] |
 * | returns | f32 | [n, outChannels, outH, outW] |
 *
 * outH = (h − 1) · stride − 2 · padding + dilation · (kh − 1) + outputPadding + 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ConvTranspose2d, initialize, zeros } from "@gspace/gspace";
 *
 * const layer = initialize(new ConvTranspose2d(8, 3, 4, { stride: 2, padding: 1 }), { seed: 1 });
 * assertEquals(layer.forward(zeros([1, 8, 7, 7])).shape, [1, 3, 14, 14]);
 * ```
 */
export class ConvTranspose2d extends Convolution<ConvTranspose2dOptions> {
  /** `kernelSize`: height and width of the kernel, or both as one number. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | Pair,
    options: ConvTranspose2dLayerOptions = {},
  ) {
    super({ inChannels, outChannels, kernelSize }, convTranspose2dKind, options);
  }

  /** [inChannels, outChannels / groups, kh, kw]. */
  protected override weightShape(): Shape {
    return [this.inChannels, this.outChannels / (this.window.groups ?? 1), ...this.kernelSize];
  }

  /** Convolves the images. */
  protected override convolve(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, this.window);
  }
}
