import type { Tensor } from "../autograd/mod.ts";
import { checkOption, checkOptions, formatType, positiveWhole, ShapeError } from "../graph/mod.ts";
import {
  affineSpecs,
  type NormOptions,
  normRules,
  scaleAndShift,
  standardize,
} from "./normalization.ts";
import { Module, type ParameterSpec } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/**
 * Normalizes each channel of each sample by its own mean and biased variance [Ulyanov et al. 2016].
 *
 *     y = (x − mean) / √(variance + eps) · weight + bias
 *
 * In training and in inference it does the same: there are no running statistics. `affine` is false
 * by default, as in PyTorch.
 */
export abstract class InstanceNorm extends Module {
  /** Number of channels. */
  readonly channels: number;
  readonly #eps: number;
  readonly #affine: boolean;
  readonly #rank: number;

  /** `rank`: number of axes of the input. */
  constructor(channels: number, rank: number, options: NormOptions) {
    super();
    const action = `make an ${new.target.name}`;
    checkOption(action, { channels }, positiveWhole);
    checkOptions(action, options, normRules);
    const { eps = 1e-5, affine = false } = options;
    this.channels = channels;
    this.#eps = eps;
    this.#affine = affine;
    this.#rank = rank;
  }

  /** Shapes and initializers of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    return affineSpecs([this.channels], this.#affine);
  }

  /**
   * Normalizes x, and scales and shifts it per channel.
   * @throws {ShapeError} if the rank or the number of channels of x is wrong, or there is only one
   *   value per channel of a sample
   */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    const [, channels, ...sizes] = x.shape;
    if (x.rank !== this.#rank || channels !== this.channels) {
      throw new ShapeError(
        `Cannot apply "${this.label}" (${this.constructor.name}) to ${formatType(x.node.type)}: ` +
          `it must have ${this.#rank} axes, and ${this.channels} channels in axis 1`,
      );
    }
    if (sizes.every((size) => size === 1)) {
      throw new ShapeError(
        `Cannot apply "${this.label}" (${this.constructor.name}) to ${formatType(x.node.type)}: ` +
          "there must be more than one value per channel of a sample",
      );
    }
    const normal = standardize(x, sizes.map((_, i) => 2 + i), this.#eps, this.label);
    if (!this.#affine) return normal;
    return scaleAndShift(normal, this.parameter("weight"), this.parameter("bias"));
  }
}

/**
 * Instance normalization of [n, c, length], as PyTorch's `InstanceNorm1d`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, InstanceNorm1d, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * using layer = initialize(new InstanceNorm1d(1, { eps: 0 }), { seed: 1 });
 * assertEquals([...await layer.forward(tensor([[[3, 5]]])).data({ backend })], [-1, 1]);
 * ```
 */
export class InstanceNorm1d extends InstanceNorm {
  /** `channels`: number of channels, c. */
  constructor(channels: number, options: NormOptions = {}) {
    super(channels, 3, options);
  }
}

/** Instance normalization of images [n, c, h, w], as PyTorch's `InstanceNorm2d`. */
export class InstanceNorm2d extends InstanceNorm {
  /** `channels`: number of channels, c. */
  constructor(channels: number, options: NormOptions = {}) {
    super(channels, 4, options);
  }
}
