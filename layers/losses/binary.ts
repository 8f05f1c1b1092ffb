import type { Tensor } from "../../autograd/mod.ts";
import { checkOptions, optional, type OptionRules } from "../../graph/mod.ts";
import { softplus } from "../smooth_activations.ts";
import { type LossOptions, lossRules, mustHaveSameShape, reduceLoss } from "./reduction.ts";
import { tensorRule } from "../_input.ts";

/** Options for `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factor of each loss, f32; broadcasts to the shape of the logits. */
  readonly weight?: Tensor;
  /** Factor of the part for target 1, f32; broadcasts to the shape of the logits. */
  readonly posWeight?: Tensor;
}

const rules: OptionRules<BinaryCrossEntropyOptions> = {
  ...lossRules,
  weight: optional(tensorRule),
  posWeight: optional(tensorRule),
};

/**
 * Binary cross-entropy of logits x and targets t: PyTorch's `BCEWithLogitsLoss`. It is finite for
 * all finite logits, unlike the logarithm of a sigmoid.
 *
 *     weight · (posWeight · t · softplus(−x) + (1 − t) · softplus(x))
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | any |
 * | `target`, probabilities | f32 | that of `logits` |
 * | returns | f32 | [], or that of `logits` with reduction "none" |
 *
 * @throws {ShapeError} if the shapes differ
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { binaryCrossEntropyWithLogits, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const loss = binaryCrossEntropyWithLogits(tensor([0, -1000]), tensor([1, 0]));
 * assertAlmostEquals(await loss.item({ backend }), Math.LN2 / 2, 1e-6);
 * ```
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const name = "binaryCrossEntropyWithLogits";
  checkOptions(`apply ${name}`, options, rules);
  mustHaveSameShape(name, logits, target);
  const { weight, posWeight } = options;
  const ifOne = softplus(logits.neg()).mul(target);
  const ifZero = softplus(logits).mul(target.neg().add(1));
  const each = (posWeight ? ifOne.mul(posWeight) : ifOne).add(ifZero);
  mustHaveSameShape(name, logits, each); // the weights may not add axes
  const weighted = weight ? each.mul(weight) : each;
  mustHaveSameShape(name, logits, weighted);
  return reduceLoss(weighted, options);
}
