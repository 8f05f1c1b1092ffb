import { mul, type Node, reduceSum, sqrt } from "../../../graph/mod.ts";
import { spread } from "../skeleton/index_vector.ts";
import type { SkeletonPlan } from "../skeleton/plan_skeleton.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";
import type { Gradients } from "./inverse_chain_rule.ts";

/**
 * The gradients that the step works with, also inside Phi: δ, or in the mode "paper" for
 * weights before a batch normalization δ̃ = n_k·δ with n_k = ‖w[k]‖₂ the norm of all weights
 * into output channel k [Meng 2019, Eq. 30; gsgd.md §6].
 */
export function rescaledGradients({ step, skeleton, bn }: SkeletonPlan): Gradients {
  const gradients = new Map(skeleton.tensors.map((tensor) => {
    const { gradient } = step.trained.get(tensor.weight)!;
    const isRescaled = bn === "paper" && tensor.isNormalized;
    return [tensor.weight, isRescaled ? mul(gradient, channelNorms(tensor)) : gradient];
  }));
  return ({ weight }) => gradients.get(weight)!;
}

/** For each weight the norm of all weights into its output channel. */
function channelNorms({ weight, head }: SkeletonTensor): Node {
  const axes = head.shape.flatMap((size, axis) => size === 1 ? [axis] : []);
  const norms = sqrt(reduceSum(mul(weight, weight), axes));
  return spread(norms, head.shape, weight.type.shape);
}
