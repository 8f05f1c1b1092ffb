import type { Parameter, Tensor } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  either,
  elementCount,
  formatType,
  nonNegativeNumber,
  optional,
  type OptionRules,
  positiveWhole,
  type Shape,
  ShapeError,
  someOf,
  trueOrFalse,
} from "../graph/mod.ts";
import { onesInit, zerosInit } from "./initializers.ts";
import { Module, type ParameterSpec } from "./module.ts";

/** Options for `LayerNorm` and `GroupNorm`. */
export interface NormOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly eps?: number;
  /** Whether to learn a scale and shift. Default: true. */
  readonly affine?: boolean;
}

const optionRules: OptionRules<NormOptions> = {
  eps: optional(nonNegativeNumber),
  affine: optional(trueOrFalse),
};

/** (x − mean) / √(variance + eps) over `axes`, with the biased variance. */
function standardize(x: Tensor, axes: readonly number[], eps: number): Tensor {
  const centered = x.sub(x.mean(axes, true));
  return centered.div(centered.square().mean(axes, true).add(eps).sqrt());
}

function affineSpecs(shape: Shape, affine: boolean): Readonly<Record<string, ParameterSpec>> {
  if (!affine) return {};
  return {
    weight: { shape, fanIn: 1, initializer: onesInit },
    bias: { shape, fanIn: 1, initializer: zerosInit },
  };
}

/** Normalizes each sample over its last axes, as PyTorch's `LayerNorm`. */
export class LayerNorm extends Module {
  /** Sizes of the last axes. */
  readonly shape: Shape;
  readonly #eps: number;
  readonly #affine: boolean;

  /** `shape`: sizes of the last axes, over which to normalize. */
  constructor(shape: number | Shape, options: NormOptions = {}) {
    super();
    checkOptions("make a LayerNorm", options, optionRules);
    const { eps = 1e-5, affine = true } = options;
    checkOption("make a LayerNorm", { shape }, either(positiveWhole, someOf(positiveWhole)));
    this.shape = typeof shape === "number" ? [shape] : [...shape];
    this.#eps = eps;
    this.#affine = affine;
  }

  /** Shapes and initializers of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    return affineSpecs(this.shape, this.#affine);
  }

  /** Normalizes x, and scales and shifts it per element. */
  override forward(x: Tensor): Tensor {
    const first = x.rank - this.shape.length;
    if (first < 0 || this.shape.some((size, i) => x.shape[first + i] !== size)) {
      throw new ShapeError(
        `Cannot apply "${this.label}" (LayerNorm) to ${formatType(x.node.type)}: the last axes ` +
          `must be [${this.shape.join(", ")}]`,
      );
    }
    const normal = standardize(x, this.shape.map((_, i) => first + i), this.#eps);
    return this.#affine ? normal.mul(this.parameter("weight")).add(this.parameter("bias")) : normal;
  }
}

/** Normalizes each sample over groups of channels, as PyTorch's `GroupNorm`. */
export class GroupNorm extends Module {
  /** Number of groups. */
  readonly groups: number;
  /** Number of channels. */
  readonly channels: number;
  readonly #eps: number;
  readonly #affine: boolean;

  /** `groups` must divide `channels`. */
  constructor(groups: number, channels: number, options: NormOptions = {}) {
    super();
    checkOptions("make a GroupNorm", options, optionRules);
    const { eps = 1e-5, affine = true } = options;
    checkOption("make a GroupNorm", { groups, channels }, positiveWhole);
    if (channels % groups !== 0) {
      throw new RangeError(
        `Cannot make a GroupNorm: groups must divide channels: current are ${groups} and ${channels}`,
      );
    }
    this.groups = groups;
    this.channels = channels;
    this.#eps = eps;
    this.#affine = affine;
  }

  /** Shapes and initializers of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    return affineSpecs([this.channels], this.#affine);
  }

  /** Normalizes x, and scales and shifts it per channel. */
  override forward(x: Tensor): Tensor {
    if (x.rank < 2 || x.shape[1] !== this.channels) {
      throw new ShapeError(
        `Cannot apply "${this.label}" (GroupNorm) to ${
          formatType(x.node.type)
        }: axis 1 must have ` +
          `${this.channels} channels`,
      );
    }
    const [samples, ...sizes] = x.shape;
    const grouped = x.reshape([samples!, this.groups, elementCount(sizes) / this.groups]);
    const normal: Tensor = standardize(grouped, [2], this.#eps).reshape(x.shape);
    if (!this.#affine) return normal;
    const perChannel = [this.channels, ...x.shape.slice(2).map(() => 1)];
    const scale: Parameter = this.parameter("weight");
    const shift: Parameter = this.parameter("bias");
    return normal.mul(scale.reshape(perChannel)).add(shift.reshape(perChannel));
  }
}
