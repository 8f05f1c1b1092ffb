import { type Parameter, Tensor } from "../autograd/mod.ts";
import {
  callable,
  checkOption,
  checkOptions,
  conv2d,
  type Conv2dOptions,
  conv2dRules,
  formatType,
  optional,
  type OptionRules,
  owned,
  positiveWhole,
  ShapeError,
  trueOrFalse,
} from "../graph/mod.ts";
import { mustBeTensor } from "./_input.ts";
import type { Initializer } from "./initializers.ts";
import { Module, type ParameterSpec } from "./module.ts";

/** How a `Conv2d` layer is made. */
export interface Conv2dLayerOptions extends Conv2dOptions {
  /** Is a bias added? Yes unless told. */
  readonly bias?: boolean;
  /** First values of the weight; `fanInUniform` unless told, as in PyTorch. */
  readonly initializer?: Initializer;
}

const action = "make a Conv2d layer";
const optionRules: OptionRules<Conv2dLayerOptions> = {
  ...conv2dRules,
  bias: optional(trueOrFalse),
  initializer: optional(callable),
};

/**
 * Two-dimensional convolution (cross-correlation) of images.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, inputs, h, w] |
 * | `weight` | f32 | [outputs, inputs / groups, size, size] |
 * | `bias` | f32 | [outputs] |
 * | returns | f32 | [n, outputs, outH, outW] |
 */
export class Conv2d extends Module {
  /** Channels of the input. */
  readonly inputs: number;
  /** Channels of the output. */
  readonly outputs: number;
  /** Height and width of the window. */
  readonly size: number;
  /** Is a bias added? */
  readonly hasBias: boolean;
  readonly #window: Conv2dOptions;
  readonly #initializer: Initializer | undefined;

  /** A layer from `inputs` to `outputs` channels with a window of `size` by `size`. */
  constructor(inputs: number, outputs: number, size: number, options: Conv2dLayerOptions = {}) {
    super();
    checkOption(action, { inputs, outputs, size }, positiveWhole);
    checkOptions(action, options, optionRules);
    const { bias = true, initializer, ...window } = owned(options);
    const { groups = 1 } = window;
    if (inputs % groups !== 0 || outputs % groups !== 0) {
      throw new RangeError(
        `Cannot ${action}: groups must divide the channels: current are ${inputs} and ` +
          `${outputs} channels and ${groups} groups`,
      );
    }
    this.inputs = inputs;
    this.outputs = outputs;
    this.size = size;
    this.hasBias = bias;
    this.#window = window;
    this.#initializer = initializer;
  }

  /** f32 [outputs, inputs / groups, size, size]. */
  get weight(): Parameter {
    return this.parameter("weight");
  }

  /** f32 [outputs], if there is one. */
  get bias(): Parameter | undefined {
    return this.hasBias ? this.parameter("bias") : undefined;
  }

  /** Shapes and first values of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const { groups = 1 } = this.#window;
    const initializer = this.#initializer;
    const shape = [this.outputs, this.inputs / groups, this.size, this.size];
    const fanIn = shape[1]! * this.size * this.size;
    const weight: ParameterSpec = { shape, fanIn, ...(initializer && { initializer }) };
    return this.hasBias ? { weight, bias: { shape: [this.outputs], fanIn } } : { weight };
  }

  /** The convolution, plus the bias. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    if (x.rank !== 4 || x.shape[1] !== this.inputs || x.dtype !== "f32") {
      throw new ShapeError(
        `Cannot apply "${this.label}" (Conv2d) to ${formatType(x.node.type)}: it must be ` +
          `f32[n, ${this.inputs}, h, w]`,
      );
    }
    const result = new Tensor(conv2d(x.node, this.weight.node, this.#window)).named(this.label);
    return this.bias ? result.add(this.bias.reshape([this.outputs, 1, 1])) : result;
  }
}
