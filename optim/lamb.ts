import {
  broadcastTo,
  checkOptions,
  div,
  full,
  greater,
  logicalAnd,
  mul,
  type Node,
  select,
} from "../graph/mod.ts";
import { type AdamOptions, adamRules, scaleByAdam } from "./adam.ts";
import { globalNorm } from "./clip.ts";
import { scaleByLearningRate } from "./learning_rate.ts";
import { chain, type GradientTransform, perNode } from "./transform.ts";
import { weightDecay } from "./weight_decay.ts";

/**
 * Scales the update of each tensor by ‖parameter‖ / ‖update‖, and by 1 where either is 0 [You et al.
 * 2020].
 *
 * Under G-SGD it is the norm of the path values of plain weights and biases, so the factor is
 * invariant to a rescaling of hidden units.
 */
export function scaleByTrustRatio(): GradientTransform {
  return perNode("scaleByTrustRatio", ({ update, parameter }) => {
    const ratio = trustRatio(globalNorm([parameter]), globalNorm([update]));
    return mul(update, broadcastTo(ratio, update.type.shape));
  });
}

function trustRatio(size: Node, step: Node): Node {
  const zero = full(0, []);
  const isKnown = logicalAnd(greater(size, zero), greater(step, zero));
  return select(isKnown, div(size, step), full(1, []));
}

/**
 * LAMB [You et al. 2020, Algorithm 2]: Adam's direction with decoupled weight decay, scaled for each
 * tensor by its trust ratio. Default `eps`: 1e-6. Default `weightDecay`: 0.01.
 */
export function lamb(options: AdamOptions): GradientTransform {
  checkOptions("make LAMB", options, adamRules);
  const { learningRate, weightDecay: decay = 0.01, eps = 1e-6, ...moments } = options;
  return chain(
    scaleByAdam({ ...moments, eps }),
    weightDecay(decay),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  );
}
