import { type Parameter, Tensor, type Variable, withRecorded } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  formatType,
  GraphError,
  nonNegativeNumber,
  normalize,
  numberIn,
  optional,
  type OptionRules,
  positiveWhole,
  ShapeError,
  trueOrFalse,
  variance as varianceOf,
} from "../graph/mod.ts";
import { onesInit, zerosInit } from "./initializers.ts";
import {
  type BatchPart,
  type ForwardContext,
  ignoreStatistics,
  inference,
  Module,
  type ParameterSpec,
} from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** Options for `BatchNorm1d` and `BatchNorm2d`. */
export interface BatchNormOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly eps?: number;
  /** Weight of the current batch in the running statistics. Default: 0.1. */
  readonly momentum?: number;
  /** Whether to learn a scale and shift per channel. Default: true. */
  readonly affine?: boolean;
}

const optionRules: OptionRules<BatchNormOptions> = {
  eps: optional(nonNegativeNumber),
  momentum: optional(numberIn("[0, 1]")),
  affine: optional(trueOrFalse),
};

/**
 * Batch normalization over all axes except the channels (axis 1) [Ioffe and Szegedy 2015].
 *
 *     y = (x − mean) / √(variance + eps) · weight + bias
 *
 * Training uses the mean and the biased variance of the batch, and updates the running statistics
 * with the mean and the unbiased variance. Inference uses the running statistics.
 * Variables are named as in PyTorch: `weight`, `bias`, `running_mean`, `running_var`.
 */
export abstract class BatchNorm extends Module {
  /** Number of channels. */
  readonly channels: number;
  readonly #eps: number;
  readonly #momentum: number;
  readonly #affine: boolean;
  readonly #rank: readonly number[];

  /** `ranks`: supported ranks of the input. */
  constructor(
    channels: number,
    ranks: readonly number[],
    options: BatchNormOptions,
  ) {
    super();
    const action = `make a ${new.target.name} layer`;
    checkOption(action, { channels }, positiveWhole);
    checkOptions(action, options, optionRules);
    const { eps = 1e-5, momentum = 0.1, affine = true } = options;
    this.channels = channels;
    this.#eps = eps;
    this.#momentum = momentum;
    this.#affine = affine;
    this.#rank = ranks;
  }

  /** f32 [channels]: the scale, if `affine`. */
  get weight(): Parameter | undefined {
    return this.#affine ? this.parameter("weight") : undefined;
  }

  /** f32 [channels]: the shift, if `affine`. */
  get bias(): Parameter | undefined {
    return this.#affine ? this.parameter("bias") : undefined;
  }

  /** f32 [channels]: running mean. */
  get runningMean(): Variable {
    return this.variable("running_mean");
  }

  /** f32 [channels]: running unbiased variance. */
  get runningVariance(): Variable {
    return this.variable("running_var");
  }

  /** Shapes and initializers of the variables. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const base = { shape: [this.channels], fanIn: 1 };
    return {
      ...(this.#affine && {
        weight: { ...base, initializer: onesInit },
        bias: { ...base, initializer: zerosInit },
      }),
      running_mean: { ...base, initializer: zerosInit, trained: false },
      running_var: { ...base, initializer: onesInit, trained: false },
    };
  }

  /**
   * Normalizes x. In training, also records the next running statistics.
   * @throws {ShapeError} if the rank or the number of channels of x is wrong, or if there is only
   *   one value per channel in training
   * @throws {GraphError} if `context.record` is missing in training
   */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    mustBeTensor(x, this.label);
    if (!this.#rank.includes(x.rank) || x.shape[1] !== this.channels) {
      throw new ShapeError(
        `Cannot apply "${this.label}" (${this.constructor.name}) to ${formatType(x.node.type)}: ` +
          `it must have ${this.#rank.join(" or ")} axes, and ${this.channels} channels in axis 1`,
      );
    }
    const { mean, variance } = context.training
      ? this.#batchStatistics(x, context)
      : { mean: this.runningMean, variance: this.runningVariance };
    const scale = variance.add(this.#eps).sqrt().pow(-1);
    const plain = new Tensor(normalize(x.node, mean.node, scale.node)).named(this.label);
    const isRecorded = context.training && context.record !== ignoreStatistics;
    const normal = isRecorded
      ? withRecorded(plain, [this.runningMean, this.runningVariance])
      : plain;
    if (!this.weight || !this.bias) return normal;
    const perChannel = [this.channels, ...x.shape.slice(2).map(() => 1)];
    return normal.mul(this.weight.reshape(perChannel)).add(this.bias.reshape(perChannel));
  }

  #batchStatistics(x: Tensor, context: ForwardContext): { mean: Tensor; variance: Tensor } {
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const part = context.part?.sum && context.part.count < context.part.of
      ? context.part
      : undefined;
    const count = x.size / this.channels * (part ? part.of / part.count : 1);
    if (count < 2) {
      throw new ShapeError(
        `Cannot train "${this.label}" (${this.constructor.name}) on ${formatType(x.node.type)}: ` +
          "there must be more than one value per channel",
      );
    }
    const { mean, variance } = part ? statisticsOfParts(x, axes, part) : {
      mean: x.mean(axes),
      variance: new Tensor(varianceOf(x.node, axes)),
    };
    this.#move(this.runningMean, mean, context);
    this.#move(this.runningVariance, variance.mul(count / (count - 1)), context);
    return { mean, variance };
  }

  #move(running: Variable, batch: Tensor, { record }: ForwardContext): void {
    if (!record) {
      throw new GraphError(
        `Cannot train "${this.label}": context.record must receive the next running statistics: ` +
          "pass record: (variable, next) => updates.set(variable, next)",
      );
    }
    const kept = running.mul(1 - this.#momentum);
    record(running, kept.add(batch.stopGradient().mul(this.#momentum)));
  }
}

/** Mean and biased variance of a whole batch, of which x is a part. */
function statisticsOfParts(
  x: Tensor,
  axes: readonly number[],
  { share, sum }: BatchPart,
): { readonly mean: Tensor; readonly variance: Tensor } {
  const mean = sum!(x.mean(axes).mul(share));
  const perChannel = [mean.size, ...x.shape.slice(2).map(() => 1)];
  // ∂variance/∂mean is 0: no gradient needs to flow that way
  const around = x.sub(mean.stopGradient().reshape(perChannel));
  return { mean, variance: sum!(around.square().mean(axes).mul(share)) };
}

/** Batch normalization of images [n, c, h, w]. */
export class BatchNorm2d extends BatchNorm {
  /** `channels`: number of channels, c. */
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, [4], options);
  }
}

/** Batch normalization of [n, c] or [n, c, length]. */
export class BatchNorm1d extends BatchNorm {
  /** `channels`: number of channels, c. */
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, [2, 3], options);
  }
}
