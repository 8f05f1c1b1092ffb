import type { Tensor } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  elementCount,
  formatType,
  positiveWhole,
  type Shape,
  ShapeError,
} from "../graph/mod.ts";
import { Module, type ParameterSpec } from "./module.ts";
import {
  affineSpecs,
  lastAxes,
  normalizedShape,
  type NormOptions,
  normRules,
  scaleAndShift,
  standardize,
} from "./normalization.ts";
import { mustBeTensor } from "./_input.ts";

/** Normalizes each sample over its last axes, as PyTorch's `LayerNorm`. */
export class LayerNorm extends Module {
  /** Sizes of the last axes. */
  readonly shape: Shape;
  readonly #eps: number;
  readonly #affine: boolean;

  /** `shape`: sizes of the last axes, over which to normalize. */
  constructor(shape: number | Shape, options: NormOptions = {}) {
    super();
    checkOptions("make a LayerNorm", options, normRules);
    const { eps = 1e-5, affine = true } = options;
    this.shape = normalizedShape("make a LayerNorm", shape);
    this.#eps = eps;
    this.#affine = affine;
  }

  /** Shapes and initializers of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    return affineSpecs(this.shape, this.#affine);
  }

  /** Normalizes x, and scales and shifts it per element. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    const normal = standardize(x, lastAxes(this, x), this.#eps, this.label);
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
    checkOptions("make a GroupNorm", options, normRules);
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
    mustBeTensor(x, this.label);
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
    const normal: Tensor = standardize(grouped, [2], this.#eps, this.label).reshape(x.shape);
    if (!this.#affine) return normal;
    return scaleAndShift(normal, this.parameter("weight"), this.parameter("bias"));
  }
}
