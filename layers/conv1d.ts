import { conv1d, convTranspose1d, type Tensor } from "../autograd/mod.ts";
import {
  type Conv1dOptions,
  conv1dRules,
  type ConvTranspose1dOptions,
  convTranspose1dRules,
  type Shape,
} from "../graph/mod.ts";
import { Convolution } from "./convolution.ts";
import { type LinearOptions, linearRules } from "./linear.ts";

/** Options for `Conv1d`. */
export interface Conv1dLayerOptions extends Conv1dOptions, LinearOptions {}

/** Options for `ConvTranspose1d`. */
export interface ConvTranspose1dLayerOptions extends ConvTranspose1dOptions, LinearOptions {}

const axes = ["length"];
const conv1dKind = { axes, rules: { ...conv1dRules, ...linearRules } };
const convTranspose1dKind = { axes, rules: { ...convTranspose1dRules, ...linearRules } };

/**
 * One-dimensional convolution (cross-correlation) of sequences.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, inChannels, length] |
 * | `weight` | f32 | [outChannels, inChannels / groups, kernelSize] |
 * | `bias` | f32 | [outChannels] |
 * | returns | f32 | [n, outChannels, ⌊(length + 2·padding − dilation·(kernelSize−1) − 1)/stride⌋ + 1] |
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Conv1d, initialize, zeros } from "@gspace/gspace";
 *
 * const layer = initialize(new Conv1d(4, 8, 3, { padding: 1 }), { seed: 1 });
 * assertEquals(layer.forward(zeros([2, 4, 100])).shape, [2, 8, 100]);
 * ```
 */
export class Conv1d extends Convolution<Conv1dOptions> {
  /** `kernelSize`: length of the kernel. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    options: Conv1dLayerOptions = {},
  ) {
    super({ inChannels, outChannels, kernelSize }, conv1dKind, options);
  }

  /** Convolves the sequences. */
  protected override convolve(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.window);
  }
}

/**
 * Transposed convolution of sequences, as PyTorch's `ConvTranspose1d`: with a stride, it makes them
 * longer.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, inChannels, length] |
 * | `weight` | f32 | [inChannels, outChannels / groups, kernelSize] |
 * | `bias` | f32 | [outChannels] |
 * | returns | f32 | [n, outChannels, outLength] |
 *
 * outLength = (length − 1) · stride − 2 · padding + dilation · (kernelSize − 1) + outputPadding + 1.
 */
export class ConvTranspose1d extends Convolution<ConvTranspose1dOptions> {
  /** `kernelSize`: length of the kernel. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    options: ConvTranspose1dLayerOptions = {},
  ) {
    super({ inChannels, outChannels, kernelSize }, convTranspose1dKind, options);
  }

  /** [inChannels, outChannels / groups, kernelSize]. */
  protected override weightShape(): Shape {
    return [this.inChannels, this.outChannels / (this.window.groups ?? 1), ...this.kernelSize];
  }

  /** Convolves the sequences. */
  protected override convolve(x: Tensor): Tensor {
    return convTranspose1d(x, this.weight, this.window);
  }
}
