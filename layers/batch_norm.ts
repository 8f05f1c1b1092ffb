import { type Parameter, Tensor, type Variable } from "../autograd/mod.ts";
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
import { type ForwardContext, inference, Module, type ParameterSpec } from "./module.ts";

/** How a batch normalisation is made. */
export interface BatchNormOptions {
  /** Added to the variance; 1e-5 unless told. */
  readonly eps?: number;
  /** Weight of the newest batch in the running statistics; 0.1 unless told. */
  readonly momentum?: number;
  /** Are there a trained scale and shift? Yes unless told. */
  readonly affine?: boolean;
}

const optionRules: OptionRules<BatchNormOptions> = {
  eps: optional(nonNegativeNumber),
  momentum: optional(numberIn("[0, 1]")),
  affine: optional(trueOrFalse),
};

/**
 * Batch normalisation over all axes but the channels (axis 1) [Ioffe and Szegedy 2015].
 *
 *     y = (x − mean) / √(variance + eps) · weight + bias
 *
 * In training, mean and (biased) variance are those of the batch, and the running ones,
 * with the unbiased variance, move towards them; otherwise the running ones are used.
 * Names are PyTorch's: `weight`, `bias`, `running_mean`, `running_var`.
 */
export abstract class BatchNorm extends Module {
  /** Number of channels. */
  readonly channels: number;
  readonly #eps: number;
  readonly #momentum: number;
  readonly #affine: boolean;
  readonly #rank: readonly number[];

  /** `ranks` are the numbers of axes that the input may have. */
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

  /** f32 [channels]: the scale, if there is one. */
  get weight(): Parameter | undefined {
    return this.#affine ? this.parameter("weight") : undefined;
  }

  /** f32 [channels]: the shift, if there is one. */
  get bias(): Parameter | undefined {
    return this.#affine ? this.parameter("bias") : undefined;
  }

  /** f32 [channels]. */
  get runningMean(): Variable {
    return this.variable("running_mean");
  }

  /** f32 [channels], of unbiased variances. */
  get runningVariance(): Variable {
    return this.variable("running_var");
  }

  /** Shapes and first values of the parameters. */
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
   * Normalises x; records the next running statistics in training.
   * @throws {ShapeError} if x has other channels or axes, or one value for each in training
   * @throws {GraphError} if nothing takes the next running statistics in training
   */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    if (!this.#rank.includes(x.rank) || x.shape[1] !== this.channels) {
      throw new ShapeError(
        `Cannot apply "${this.label}" (${this.constructor.name}) to ${formatType(x.node.type)}: ` +
          `axis 1 must have ${this.channels} channels, of ${this.#rank.join(" or ")} axes`,
      );
    }
    const { mean, variance } = context.training
      ? this.#batchStatistics(x, context)
      : { mean: this.runningMean, variance: this.runningVariance };
    const scale = variance.add(this.#eps).sqrt().pow(-1);
    const normal = new Tensor(normalize(x.node, mean.node, scale.node)).named(this.label);
    if (!this.weight || !this.bias) return normal;
    const perChannel = [this.channels, ...x.shape.slice(2).map(() => 1)];
    return normal.mul(this.weight.reshape(perChannel)).add(this.bias.reshape(perChannel));
  }

  #batchStatistics(x: Tensor, context: ForwardContext): { mean: Tensor; variance: Tensor } {
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const count = x.size / this.channels;
    if (count < 2) {
      throw new ShapeError(
        `Cannot train "${this.label}" (${this.constructor.name}) on ${formatType(x.node.type)}: ` +
          "there must be more than one value for each channel",
      );
    }
    const mean = x.mean(axes);
    const variance = new Tensor(varianceOf(x.node, axes));
    this.#move(this.runningMean, mean, context);
    this.#move(this.runningVariance, variance.mul(count / (count - 1)), context);
    return { mean, variance };
  }

  #move(running: Variable, batch: Tensor, { record }: ForwardContext): void {
    if (!record) {
      throw new GraphError(
        `Cannot train "${this.label}": context.record must take the next running statistics: pass ` +
          "record: (variable, next) => updates.set(variable, next)",
      );
    }
    const kept = running.mul(1 - this.#momentum);
    record(running, kept.add(batch.stopGradient().mul(this.#momentum)));
  }
}

/** Batch normalisation of images [n, c, h, w]. */
export class BatchNorm2d extends BatchNorm {
  /** For images with this many channels. */
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, [4], options);
  }
}

/** Batch normalisation of [n, c] or [n, c, length]. */
export class BatchNorm1d extends BatchNorm {
  /** For values with this many channels. */
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, [2, 3], options);
  }
}
