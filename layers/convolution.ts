/**
 * What all convolutions share: sizes, parameters, and the bias.
 * @module
 */
import type { Parameter, Tensor } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  elementCount,
  formatType,
  listOf,
  type OptionRules,
  owned,
  positiveWhole,
  type Shape,
  ShapeError,
} from "../graph/mod.ts";
import { mustBeTensor } from "./_input.ts";
import type { Initializer } from "./initializers.ts";
import type { LinearOptions } from "./linear.ts";
import { Module, type ParameterSpec } from "./module.ts";

/** The sizes of a convolution. */
interface Sizes {
  readonly inChannels: number;
  readonly outChannels: number;
  /** One number for each axis of the image. */
  readonly kernelSize: number | Shape;
}

/** The kind of a convolution. */
interface Kind<Options> {
  /** The axes of an image, as text: `h, w`. */
  readonly axes: readonly string[];
  /** The rules of its options. */
  readonly rules: OptionRules<Options & LinearOptions>;
}

/** Base class of convolutions of `n` inputs with a weight and a bias per output channel. */
export abstract class Convolution<Options extends { readonly groups?: number }> extends Module {
  /** Number of input channels. */
  readonly inChannels: number;
  /** Number of output channels. */
  readonly outChannels: number;
  /** Size of the kernel along each axis of the image. */
  readonly kernelSize: Shape;
  /** Whether there is a bias. */
  readonly hasBias: boolean;
  /** Stride, padding, and the like. */
  protected readonly window: Options;
  readonly #axes: readonly string[];
  readonly #initializer: Initializer | undefined;

  /** Checks sizes and options. */
  constructor(sizes: Sizes, { axes, rules }: Kind<Options>, options: Options & LinearOptions) {
    super();
    const action = `make a ${new.target.name} layer`;
    const { inChannels, outChannels, kernelSize } = sizes;
    checkOption(action, { inChannels, outChannels }, positiveWhole);
    const isList = Array.isArray(kernelSize) && axes.length > 1;
    checkOption(
      action,
      { kernelSize },
      isList ? listOf(positiveWhole, axes.length) : positiveWhole,
    );
    checkOptions(action, options, rules);
    const { bias = true, initializer, ...window } = owned(options);
    const groups = window.groups ?? 1;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `Cannot ${action}: groups must divide inChannels and outChannels: current are ` +
          `${groups} groups, ${inChannels} and ${outChannels} channels`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = typeof kernelSize === "number" ? axes.map(() => kernelSize) : [...kernelSize];
    this.hasBias = bias;
    this.window = window as unknown as Options;
    this.#axes = axes;
    this.#initializer = initializer;
  }

  /** f32: the weight. */
  get weight(): Parameter {
    return this.parameter("weight");
  }

  /** f32 [outChannels], if there is a bias. */
  get bias(): Parameter | undefined {
    return this.hasBias ? this.parameter("bias") : undefined;
  }

  /** Shape of the weight. */
  protected weightShape(): Shape {
    const { groups = 1 } = this.window;
    return [this.outChannels, this.inChannels / groups, ...this.kernelSize];
  }

  /** Convolves a batch, without the bias. */
  protected abstract convolve(x: Tensor): Tensor;

  /** Shapes and initializers of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const shape = this.weightShape();
    const fanIn = elementCount(shape.slice(1));
    const weight = { shape, fanIn, initializer: this.#initializer };
    return this.hasBias ? { weight, bias: { shape: [this.outChannels], fanIn } } : { weight };
  }

  /** Convolves the batch and adds the bias. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    if (x.rank !== this.#axes.length + 2 || x.shape[1] !== this.inChannels || x.dtype !== "f32") {
      throw new ShapeError(
        `Cannot apply "${this.label}" (${this.constructor.name}) to ${
          formatType(x.node.type)
        }: it ` +
          `must be f32[n, ${this.inChannels}, ${this.#axes.join(", ")}]`,
      );
    }
    const result = this.convolve(x).named(this.label);
    if (!this.bias) return result;
    return result.add(this.bias.reshape([this.outChannels, ...this.#axes.map(() => 1)]));
  }
}
