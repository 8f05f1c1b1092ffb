import type { Parameter, Tensor } from "../autograd/mod.ts";
import {
  callable,
  checkOption,
  checkOptions,
  DTypeError,
  elementCount,
  formatType,
  optional,
  type OptionRules,
  positiveWhole,
  type Shape,
  ShapeError,
  trueOrFalse,
} from "../graph/mod.ts";
import { mustBeTensor } from "./_input.ts";
import type { Initializer } from "./initializers.ts";
import { Module, type ParameterSpec } from "./module.ts";

/** Options for `Linear`. */
export interface LinearOptions {
  /** Whether to add a bias. Default: true. */
  readonly bias?: boolean;
  /** Initializer of the weight. Default: `fanInUniform`, as in PyTorch. */
  readonly initializer?: Initializer | undefined;
}

/** The rules of `LinearOptions`. */
export const linearRules: OptionRules<LinearOptions> = {
  bias: optional(trueOrFalse),
  initializer: optional(callable),
};

/** The specifications of a weight of this shape, outputs first, and of its bias. */
function weightAndBias(
  shape: Shape,
  { bias, initializer }: {
    readonly bias: boolean;
    readonly initializer: Initializer | undefined;
  },
): Readonly<Record<string, ParameterSpec>> {
  const fanIn = elementCount(shape.slice(1));
  const weight = { shape, fanIn, initializer };
  return bias ? { weight, bias: { shape: shape.slice(0, 1), fanIn } } : { weight };
}

const action = "make a Linear layer";

/**
 * Linear (fully connected) layer: x · weightᵀ + bias over the last axis.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n…, inputs] |
 * | `weight` | f32 | [outputs, inputs] |
 * | `bias` | f32 | [outputs] |
 * | returns | f32 | [n…, outputs] |
 */
export class Linear extends Module {
  /** Size of the last axis of the input. */
  readonly inputs: number;
  /** Size of the last axis of the output. */
  readonly outputs: number;
  /** Whether there is a bias. */
  readonly hasBias: boolean;
  readonly #initializer: Initializer | undefined;

  /** A layer from `inputs` to `outputs` features. */
  constructor(inputs: number, outputs: number, options: LinearOptions = {}) {
    super();
    checkOption(action, { inputs, outputs }, positiveWhole);
    checkOptions(action, options, linearRules);
    const { bias = true, initializer } = options;
    this.inputs = inputs;
    this.outputs = outputs;
    this.hasBias = bias;
    this.#initializer = initializer;
  }

  /** f32 [outputs, inputs]. */
  get weight(): Parameter {
    return this.parameter("weight");
  }

  /** f32 [outputs], if there is a bias. */
  get bias(): Parameter | undefined {
    return this.hasBias ? this.parameter("bias") : undefined;
  }

  /** Shapes and initializers of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const { hasBias: bias, outputs, inputs } = this;
    return weightAndBias([outputs, inputs], { bias, initializer: this.#initializer });
  }

  /** x · weightᵀ + bias. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    if (x.shape.at(-1) !== this.inputs) {
      throw new ShapeError(
        `Cannot apply "${this.label}" to ${formatType(x.node.type)}: the last axis must ` +
          `have ${this.inputs} elements: current size is ${x.shape.at(-1) ?? "none (a scalar)"}`,
      );
    }
    if (x.dtype !== "f32") {
      throw new DTypeError(
        `Cannot apply "${this.label}" to ${
          formatType(x.node.type)
        }: it must be f32: use x.cast("f32")`,
      );
    }
    const rows = x.rank === 2 ? x : x.reshape([-1, this.inputs]);
    const product = rows.matmul(this.weight.transpose());
    const sum = this.bias ? product.add(this.bias) : product;
    const result = x.rank === 2 ? sum : sum.reshape([...x.shape.slice(0, -1), this.outputs]);
    return result.named(this.label);
  }
}
