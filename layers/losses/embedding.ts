import { type Tensor, where } from "../../autograd/mod.ts";
import {
  checkOptions,
  finiteNumber,
  formatType,
  numberIn,
  optional,
  type OptionRules,
  ShapeError,
} from "../../graph/mod.ts";
import { type LossOptions, lossRules, mustHaveSameShape, reduceLoss } from "./reduction.ts";
import { mustBeTensor } from "../_input.ts";

/** Options for `hingeEmbeddingLoss`. */
export interface HingeEmbeddingLossOptions extends LossOptions {
  /** Distance from which on a dissimilar pair costs nothing. Default: 1. */
  readonly margin?: number;
}

const hingeRules: OptionRules<HingeEmbeddingLossOptions> = {
  ...lossRules,
  margin: optional(finiteNumber),
};

/** `similar` where the target is 1, `dissimilar` where it is −1; any other target makes it NaN. */
function byTarget(target: Tensor, similar: Tensor, dissimilar: Tensor): Tensor {
  return where(
    target.equal(1),
    similar,
    where(target.equal(-1), dissimilar, NaN),
  );
}

/**
 * Loss of distances x of pairs that are similar (target 1) or not (target −1): PyTorch's
 * `HingeEmbeddingLoss`. Any other target makes the loss NaN.
 *
 *     x if target = 1, max(0, margin − x) if target = −1
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | any |
 * | `target` | i32 or f32 | that of `x` |
 * | returns | f32 | [], or that of `x` with reduction "none" |
 *
 * @throws {ShapeError} if the shapes differ
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hingeEmbeddingLoss, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const loss = hingeEmbeddingLoss(tensor([2, 0.25]), tensor([1, -1]), { reduction: "none" });
 * assertEquals([...await loss.data({ backend })], [2, 0.75]);
 * ```
 */
export function hingeEmbeddingLoss(
  x: Tensor,
  target: Tensor,
  options: HingeEmbeddingLossOptions = {},
): Tensor {
  checkOptions("apply hingeEmbeddingLoss", options, hingeRules);
  mustHaveSameShape("hingeEmbeddingLoss", x, target);
  return reduceLoss(byTarget(target, x, x.neg().add(options.margin ?? 1).relu()), options);
}

/** Options for `cosineEmbeddingLoss`. */
export interface CosineEmbeddingLossOptions extends LossOptions {
  /** Cosine up to which a dissimilar pair costs nothing, in [−1, 1]. Default: 0. */
  readonly margin?: number;
}

const cosineRules: OptionRules<CosineEmbeddingLossOptions> = {
  ...lossRules,
  margin: optional(numberIn("[-1, 1]")),
};

/**
 * Loss of pairs of vectors that are similar (target 1) or not (target −1): PyTorch's
 * `CosineEmbeddingLoss`. Any other target makes the loss NaN.
 *
 *     1 − cos(a, b) if target = 1, max(0, cos(a, b) − margin) if target = −1
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `a`, `b` | f32 | [n…, features] |
 * | `target` | i32 or f32 | [n…] |
 * | returns | f32 | [], or [n…] with reduction "none" |
 *
 * @throws {ShapeError} if the shapes of a and b differ, or there is not one target for each pair
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { cosineEmbeddingLoss, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const loss = cosineEmbeddingLoss(tensor([[3, 4]]), tensor([[4, 3]]), tensor([1]));
 * assertAlmostEquals(await loss.item({ backend }), 0.04, 1e-6);
 * ```
 */
export function cosineEmbeddingLoss(
  a: Tensor,
  b: Tensor,
  target: Tensor,
  options: CosineEmbeddingLossOptions = {},
): Tensor {
  checkOptions("apply cosineEmbeddingLoss", options, cosineRules);
  mustHaveSameShape("cosineEmbeddingLoss", a, b);
  mustBeTensor(target, "cosineEmbeddingLoss");
  if (a.rank === 0 || a.shape.slice(0, -1).join() !== target.shape.join()) {
    throw new ShapeError(
      `Cannot apply cosineEmbeddingLoss to ${formatType(a.node.type)} and targets ` +
        `${formatType(target.node.type)}: there must be one target for each pair of vectors`,
    );
  }
  const cosine = cosineOf(a, b);
  const far = cosine.sub(options.margin ?? 0).relu();
  return reduceLoss(byTarget(target, cosine.neg().add(1), far), options);
}

/** The number that PyTorch adds to each squared norm, so that the cosine of 0 is 0. */
const EPSILON = 1e-12;

function cosineOf(a: Tensor, b: Tensor): Tensor {
  const squaredNorm = (x: Tensor) => x.square().sum(-1).add(EPSILON);
  return a.mul(b).sum(-1).div(squaredNorm(a).mul(squaredNorm(b)).sqrt());
}
