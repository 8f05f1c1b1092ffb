import type { Tensor } from "../autograd/mod.ts";
import { checkOptions, type Shape } from "../graph/mod.ts";
import { lastAxes, normalizedShape, type NormOptions, normRules } from "./normalization.ts";
import { onesInit } from "./initializers.ts";
import { Module, type ParameterSpec } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** The distance from 1 to the next f32, which is PyTorch's default of `eps`. */
const EPSILON = 2 ** -23;

/**
 * Divides each sample by its root mean square over the last axes [Zhang and Sennrich 2019], as
 * PyTorch's `RMSNorm`. Unlike `LayerNorm`, it subtracts no mean and has no bias.
 *
 *     y = x / √(mean(x²) + eps) · weight
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n…, …shape] |
 * | `weight` | f32 | shape |
 * | returns | f32 | that of `x` |
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { initialize, openBackend, RMSNorm, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * using layer = initialize(new RMSNorm(2), { seed: 1 });
 * const y = await layer.forward(tensor([[3, 4]])).data({ backend });
 * assertAlmostEquals(y[0]!, 3 / Math.sqrt(12.5), 1e-6);
 * ```
 */
export class RMSNorm extends Module {
  /** Sizes of the last axes. */
  readonly shape: Shape;
  readonly #eps: number;
  readonly #affine: boolean;

  /** `shape`: sizes of the last axes, over which to normalize. Default `eps`: 2⁻²³. */
  constructor(shape: number | Shape, options: NormOptions = {}) {
    super();
    checkOptions("make an RMSNorm", options, normRules);
    const { eps = EPSILON, affine = true } = options;
    this.shape = normalizedShape("make an RMSNorm", shape);
    this.#eps = eps;
    this.#affine = affine;
  }

  /** Shape and initializer of the weight. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    if (!this.#affine) return {};
    return { weight: { shape: this.shape, fanIn: 1, initializer: onesInit } };
  }

  /**
   * Normalizes x, and scales it per element.
   * @throws {ShapeError} if the last axes of x are others
   */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    const axes = lastAxes(this, x);
    const squares = x.square().named(this.label); // names for the reasons that G-SGD gives
    const normal = x.div(squares.mean(axes, true).add(this.#eps).sqrt()).named(this.label);
    return this.#affine ? normal.mul(this.parameter("weight")) : normal;
  }
}
