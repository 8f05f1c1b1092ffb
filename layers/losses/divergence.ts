import { type Tensor, where } from "../../autograd/mod.ts";
import {
  checkOptions,
  oneOf,
  optional,
  type OptionRules,
  ShapeError,
  trueOrFalse,
} from "../../graph/mod.ts";
import { mustHaveSameShape, reduceLoss, type Reduction } from "./reduction.ts";

/** Options for `klDiv`. */
export interface KlDivOptions {
  /**
   * As for other losses, or "batchmean": the sum over the number of samples (axis 0), which is the
   * mean divergence. Default: "mean", the mean over all elements.
   */
  readonly reduction?: Reduction | "batchmean";
  /** Whether the target is given as logarithms, too. Default: false. */
  readonly logTarget?: boolean;
}

const rules: OptionRules<KlDivOptions> = {
  reduction: optional(oneOf(["mean", "sum", "none", "batchmean"])),
  logTarget: optional(trueOrFalse),
};

/**
 * Kullback–Leibler divergence of log-probabilities x from a distribution t: PyTorch's `KLDivLoss`.
 *
 *     t · (log t − x), and 0 where t is 0
 *
 * Both tensors are f32 of the same shape.
 *
 * @throws {ShapeError} if the shapes differ
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { klDiv, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const loss = klDiv(tensor([[0.5, 0.5]]).log(), tensor([[1, 0]]), { reduction: "batchmean" });
 * assertAlmostEquals(await loss.item({ backend }), Math.LN2, 1e-6);
 * ```
 */
export function klDiv(
  logProbabilities: Tensor,
  target: Tensor,
  options: KlDivOptions = {},
): Tensor {
  checkOptions("apply klDiv", options, rules);
  mustHaveSameShape("klDiv", logProbabilities, target);
  const { reduction = "mean", logTarget = false } = options;
  const each = logTarget
    ? target.exp().mul(target.sub(logProbabilities))
    : divergence(logProbabilities, target);
  if (reduction !== "batchmean") return reduceLoss(each, { reduction });
  const [samples] = each.shape;
  if (samples === undefined) {
    throw new ShapeError(
      'Cannot apply klDiv: the reduction "batchmean" needs an axis of samples: current is a scalar',
    );
  }
  return each.sum().div(samples);
}

/** t · (log t − x), without a logarithm of 0, whose gradient would be NaN. */
function divergence(x: Tensor, t: Tensor): Tensor {
  const isZero = t.equal(0);
  const positive = where(isZero, 1, t);
  return where(isZero, 0, t.mul(positive.log().sub(x)));
}
