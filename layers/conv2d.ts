import { type Parameter, Tensor } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  conv2d,
  type Conv2dOptions,
  conv2dRules,
  formatType,
  type OptionRules,
  owned,
  positiveWhole,
  ShapeError,
} from "../graph/mod.ts";
import { mustBeTensor } from "./_input.ts";
import type { Initializer } from "./initializers.ts";
import { type LinearOptions, linearRules, weightAndBias } from "./linear.ts";
import { Module, type ParameterSpec } from "./module.ts";

/** Options for `Conv2d`. */
export interface Conv2dLayerOptions extends Conv2dOptions, LinearOptions {}

const action = "make a Conv2d layer";
const optionRules: OptionRules<Conv2dLayerOptions> = { ...conv2dRules, ...linearRules };

/**
 * Two-dimensional convolution (cross-correlation) of images.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, inChannels, h, w] |
 * | `weight` | f32 | [outChannels, inChannels / groups, kernelSize, kernelSize] |
 * | `bias` | f32 | [outChannels] |
 * | returns | f32 | [n, outChannels, outH, outW] |
 */
export class Conv2d extends Module {
  /** Number of input channels. */
  readonly inChannels: number;
  /** Number of output channels. */
  readonly outChannels: number;
  /** Height and width of the kernel. */
  readonly kernelSize: number;
  /** Whether there is a bias. */
  readonly hasBias: boolean;
  readonly #window: Conv2dOptions;
  readonly #initializer: Initializer | undefined;

  /** A layer with a square kernel of `kernelSize` × `kernelSize`. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    options: Conv2dLayerOptions = {},
  ) {
    super();
    checkOption(action, { inChannels, outChannels, kernelSize }, positiveWhole);
    checkOptions(action, options, optionRules);
    const { bias = true, initializer, ...window } = owned(options);
    const { groups = 1 } = window;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `Cannot ${action}: groups must divide inChannels and outChannels: current are ` +
          `${groups} groups, ${inChannels} and ${outChannels} channels`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize;
    this.hasBias = bias;
    this.#window = window;
    this.#initializer = initializer;
  }

  /** f32 [outChannels, inChannels / groups, kernelSize, kernelSize]. */
  get weight(): Parameter {
    return this.parameter("weight");
  }

  /** f32 [outChannels], if there is a bias. */
  get bias(): Parameter | undefined {
    return this.hasBias ? this.parameter("bias") : undefined;
  }

  /** Shapes and initializers of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const { groups = 1 } = this.#window;
    const { hasBias: bias, inChannels, outChannels, kernelSize } = this;
    const shape = [outChannels, inChannels / groups, kernelSize, kernelSize];
    return weightAndBias(shape, { bias, initializer: this.#initializer });
  }

  /** Convolves the images and adds the bias. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    if (x.rank !== 4 || x.shape[1] !== this.inChannels || x.dtype !== "f32") {
      throw new ShapeError(
        `Cannot apply "${this.label}" (Conv2d) to ${formatType(x.node.type)}: it must be ` +
          `f32[n, ${this.inChannels}, h, w]`,
      );
    }
    const result = new Tensor(conv2d(x.node, this.weight.node, this.#window)).named(this.label);
    return this.bias ? result.add(this.bias.reshape([this.outChannels, 1, 1])) : result;
  }
}
