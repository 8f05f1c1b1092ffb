import { Tensor } from "../../autograd/mod.ts";
import {
  checkOptions,
  nonNegativeNumber,
  optional,
  type OptionRules,
  positiveNumber,
  squaredError,
} from "../../graph/mod.ts";
import { type LossOptions, lossRules, mustHaveSameShape, reduceLoss } from "./reduction.ts";

/**
 * Squared error (prediction − target)²: PyTorch's `MSELoss`. Both tensors are f32 of the same shape.
 *
 * @throws {ShapeError} if the shapes differ
 */
export function mse(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions("apply mse", options, lossRules);
  mustHaveSameShape("mse", prediction, target);
  return reduceLoss(new Tensor(squaredError(prediction.node, target.node)), options);
}

/**
 * Absolute error |prediction − target|: PyTorch's `L1Loss`. Both tensors are f32 of the same shape.
 *
 * @throws {ShapeError} if the shapes differ
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { l1Loss, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * assertEquals(await l1Loss(tensor([1, 4]), tensor([2, 2])).item({ backend }), 1.5);
 * ```
 */
export function l1Loss(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions("apply l1Loss", options, lossRules);
  mustHaveSameShape("l1Loss", prediction, target);
  return reduceLoss(prediction.sub(target).abs(), options);
}

/** Options for `huberLoss`. */
export interface HuberLossOptions extends LossOptions {
  /** Size of an error from which on the loss is linear, above 0. Default: 1. */
  readonly delta?: number;
}

const huberRules: OptionRules<HuberLossOptions> = { ...lossRules, delta: optional(positiveNumber) };

/**
 * Squared error for small errors, and absolute error for large ones: PyTorch's `HuberLoss`. With
 * d = prediction − target:
 *
 *     d² / 2 if |d| ≤ delta, else delta · (|d| − delta / 2)
 *
 * Both tensors are f32 of the same shape.
 *
 * @throws {ShapeError} if the shapes differ
 * @throws {RangeError} if `delta` is not positive
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { huberLoss, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const each = huberLoss(tensor([0.5, 4]), tensor([0, 0]), { delta: 2, reduction: "none" });
 * assertEquals([...await each.data({ backend })], [0.125, 6]);
 * ```
 */
export function huberLoss(
  prediction: Tensor,
  target: Tensor,
  options: HuberLossOptions = {},
): Tensor {
  checkOptions("apply huberLoss", options, huberRules);
  mustHaveSameShape("huberLoss", prediction, target);
  return reduceLoss(huber(prediction.sub(target), options.delta ?? 1), options);
}

/** c · (d − c / 2) with d clipped to c: one formula, finite also where d² is not. */
function huber(d: Tensor, delta: number): Tensor {
  const clipped = d.clamp(-delta, delta);
  return clipped.mul(d.sub(clipped.mul(0.5)));
}

/** Options for `smoothL1Loss`. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Size of an error from which on the loss is linear. 0 is `l1Loss`. Default: 1. */
  readonly beta?: number;
}

const smoothL1Rules: OptionRules<SmoothL1LossOptions> = {
  ...lossRules,
  beta: optional(nonNegativeNumber),
};

/**
 * Absolute error with a rounded tip: PyTorch's `SmoothL1Loss`. It is the Huber loss over beta. With
 * d = prediction − target:
 *
 *     d² / (2 · beta) if |d| ≤ beta, else |d| − beta / 2
 *
 * Both tensors are f32 of the same shape.
 *
 * @throws {ShapeError} if the shapes differ
 * @throws {RangeError} if `beta` is negative
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, smoothL1Loss, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const each = smoothL1Loss(tensor([0.5, 4]), tensor([0, 0]), { beta: 2, reduction: "none" });
 * assertEquals([...await each.data({ backend })], [0.0625, 3]);
 * ```
 */
export function smoothL1Loss(
  prediction: Tensor,
  target: Tensor,
  options: SmoothL1LossOptions = {},
): Tensor {
  checkOptions("apply smoothL1Loss", options, smoothL1Rules);
  mustHaveSameShape("smoothL1Loss", prediction, target);
  const { beta = 1 } = options;
  const d = prediction.sub(target);
  return reduceLoss(beta === 0 ? d.abs() : huber(d, beta).div(beta), options);
}
