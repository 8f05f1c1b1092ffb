/**
 * What the layers that normalize each sample share.
 * @module
 */
import type { Parameter, Tensor } from "../autograd/mod.ts";
import {
  checkOption,
  either,
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
import type { Module, ParameterSpec } from "./module.ts";

/** Options for `LayerNorm`, `GroupNorm`, `InstanceNorm2d`, and `RMSNorm`. */
export interface NormOptions {
  /** Added to the variance, or to the mean of squares. Default: 1e-5; for `RMSNorm`: 2⁻²³. */
  readonly eps?: number;
  /** Whether to learn a scale and shift. Default: true; for `InstanceNorm2d`: false. */
  readonly affine?: boolean;
}

/** Rules for `NormOptions`. */
export const normRules: OptionRules<NormOptions> = {
  eps: optional(nonNegativeNumber),
  affine: optional(trueOrFalse),
};

/** (x − mean) / √(variance + eps) over `axes`, with the biased variance. */
export function standardize(
  x: Tensor,
  axes: readonly number[],
  eps: number,
  label: string,
): Tensor {
  const centered = x.sub(x.mean(axes, true));
  const squares = centered.square().named(label); // names for the reasons that G-SGD gives
  return centered.div(squares.mean(axes, true).add(eps).sqrt()).named(label);
}

/** x · scale + shift, per channel (axis 1). */
export function scaleAndShift(x: Tensor, scale: Parameter, shift: Parameter): Tensor {
  const perChannel = [x.shape[1]!, ...x.shape.slice(2).map(() => 1)];
  return x.mul(scale.reshape(perChannel)).add(shift.reshape(perChannel));
}

/** The sizes of the last axes, as a list. */
export function normalizedShape(action: string, shape: number | Shape): Shape {
  checkOption(action, { shape }, either(positiveWhole, someOf(positiveWhole)));
  return typeof shape === "number" ? [shape] : [...shape];
}

/**
 * The last axes of x, which a layer normalizes over.
 * @throws {ShapeError} if their sizes are not those of the layer
 */
export function lastAxes(layer: Module & { readonly shape: Shape }, x: Tensor): readonly number[] {
  const { shape, label } = layer;
  const first = x.rank - shape.length;
  if (first < 0 || shape.some((size, i) => x.shape[first + i] !== size)) {
    throw new ShapeError(
      `Cannot apply "${label}" (${layer.constructor.name}) to ${formatType(x.node.type)}: the ` +
        `last axes must be [${shape.join(", ")}]`,
    );
  }
  return shape.map((_, i) => first + i);
}

/** Scale and shift of a normalization, if they are learned. */
export function affineSpecs(
  shape: Shape,
  affine: boolean,
): Readonly<Record<string, ParameterSpec>> {
  if (!affine) return {};
  return {
    weight: { shape, fanIn: 1, initializer: onesInit },
    bias: { shape, fanIn: 1, initializer: zerosInit },
  };
}
