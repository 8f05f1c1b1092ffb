import { mul, type Node, reduceSum, sqrt } from "../../../graph/mod.ts";
import { spread } from "../skeleton/index_vector.ts";
import type { Gradients } from "./inverse_chain_rule.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";
import type { SkeletonPlan } from "../skeleton/plan_skeleton.ts";

/**
 * The gradients that the step works with, also inside Phi: δ, or in the mode "paper" for
 * weights before a batch normalization δ̃ = n_k·δ with n_k = ‖w[k]‖₂ the norm of all weights
 * into output channel k [Meng 2019, Eq. 30; gsgd.md §6].
 */
export function rescaledGradients({ step, bn }: SkeletonPlan): Gradients {
  const known = new Map<SkeletonTensor, Node>();
  return (tensor) => {
    const { gradient } = step.trained.get(tensor.weight)!;
    if (bn !== "paper" || !tensor.isNormalized) return gradient;
    const rescaled = known.get(tensor) ?? mul(gradient, channelNorms(tensor));
    known.set(tensor, rescaled);
    return rescaled;
  };
}

/** For each weight the norm of all weights into its output channel. */
function channelNorms({ weight, head }: SkeletonTensor): Node {
  const axes = head.shape.flatMap((size, axis) => size === 1 ? [axis] : []);
  const norms = sqrt(reduceSum(mul(weight, weight), axes));
  return spread(norms, head.shape, weight.type.shape);
}
