import {
  abs,
  add,
  broadcastTo,
  cast,
  checkOptions,
  div,
  exp,
  full,
  fullLike,
  maximum,
  mul,
  type Node,
  nonNegativeNumber,
  optional,
  type OptionRules,
  sqrt,
  square,
  sub,
} from "../graph/mod.ts";
import {
  type AdamOptions,
  adamRules,
  biasCorrection,
  decayed,
  type MomentsOptions,
  momentsRules,
} from "./adam.ts";
import { scaleByLearningRate } from "./learning_rate.ts";
import { chain, type GradientTransform, perNode } from "./transform.ts";
import { weightDecay } from "./weight_decay.ts";

/** The number of this step, counted from 1: f32[]. */
function stepNumber(step: Node): Node {
  return cast(add(step, fullLike(step, 1)), "f32");
}

/**
 * Adamax's direction [Kingma and Ba 2015, Algorithm 2], with eps as in PyTorch:
 *
 *     m ← β₁·m + (1 − β₁)·g,   u ← max(β₂·u, |g| + eps)
 *     update = (m / (1 − β₁ᵗ)) / u
 */
export function scaleByAdamax(options: MomentsOptions = {}): GradientTransform {
  checkOptions("make Adamax", options, momentsRules);
  const { betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8 } = options;
  return perNode("scaleByAdamax", ({ update: g, slots: [m, u] }, { step }) => {
    const first = decayed(m!, g, beta1);
    const kept = mul(u!, fullLike(g, beta2));
    const largest = maximum(kept, add(abs(g), fullLike(g, eps)));
    const correction = biasCorrection(beta1, stepNumber(step));
    const mean = div(first, broadcastTo(correction, g.type.shape));
    return { update: div(mean, largest), slots: [first, largest] };
  }, ["firstMoment", "largestGradient"]);
}

/** Adamax with an L2 penalty, as PyTorch's `Adamax`. */
export function adamax(options: AdamOptions): GradientTransform {
  checkOptions("make Adamax", options, adamRules);
  const { learningRate, weightDecay: decay = 0, ...moments } = options;
  return chain(weightDecay(decay), scaleByAdamax(moments), scaleByLearningRate(learningRate));
}

/** What NAdam's direction depends on. */
export interface NesterovMomentsOptions extends MomentsOptions {
  /** How fast the momentum coefficient approaches β₁. Default: 0.004. */
  readonly momentumDecay?: number;
}

/** Options for `nadam`. */
export interface NAdamOptions extends AdamOptions, NesterovMomentsOptions {}

const momentumDecay = optional(nonNegativeNumber);
const nesterovMomentsRules: OptionRules<NesterovMomentsOptions> = {
  ...momentsRules,
  momentumDecay,
};
const nadamRules: OptionRules<NAdamOptions> = { ...adamRules, momentumDecay };

/**
 * NAdam's direction [Dozat 2016], as in PyTorch:
 *
 *     μₜ = β₁·(1 − 0.96^(t·momentumDecay) / 2)
 *     m ← β₁·m + (1 − β₁)·g,   v ← β₂·v + (1 − β₂)·g²
 *     update = (μₜ₊₁·m / (1 − μ₁⋯μₜ₊₁) + (1 − μₜ)·g / (1 − μ₁⋯μₜ)) / (√(v / (1 − β₂ᵗ)) + eps)
 */
export function scaleByNAdam(options: NesterovMomentsOptions = {}): GradientTransform {
  checkOptions("make NAdam", options, nesterovMomentsRules);
  const { betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8, momentumDecay = 0.004 } = options;
  const transform = perNode("scaleByNAdam", ({ update: g, slots: [m, v, gap] }, { step }) => {
    const steps = stepNumber(step);
    const spread = (scalar: Node) => broadcastTo(scalar, g.type.shape);
    const [now, later] = [steps, add(steps, full(1, []))].map((t) =>
      nesterov(beta1, momentumDecay, t)
    );
    // the state holds 1 − μ₁⋯μₜ, because it starts at 0
    const gapNow = gapAfter(gap!, now!);
    const gapLater = gapAfter(gapNow, later!);
    const first = decayed(m!, g, beta1);
    const second = decayed(v!, square(g), beta2);
    const ahead = mul(first, spread(div(later!, gapLater)));
    const direction = add(ahead, mul(g, spread(div(sub(full(1, []), now!), gapNow))));
    const root = div(sqrt(second), spread(sqrt(biasCorrection(beta2, steps))));
    const update = div(direction, add(root, fullLike(g, eps)));
    return { update, slots: [first, second, gapNow] };
  }, ["firstMoment", "secondMoment", "momentumGap"]);
  return {
    ...transform,
    slots: (type) => [
      { name: "firstMoment", type },
      { name: "secondMoment", type },
      { name: "momentumGap", type: { dtype: "f32", shape: [] } },
    ],
  };
}

/** μₜ = β₁·(1 − 0.96^(t·decay) / 2). */
function nesterov(beta1: number, decay: number, t: Node): Node {
  const power = exp(mul(t, full(decay * Math.log(0.96), [])));
  return mul(full(beta1, []), sub(full(1, []), mul(power, full(0.5, []))));
}

/** 1 − p·μ, for gap = 1 − p. */
function gapAfter(gap: Node, mu: Node): Node {
  return add(mul(gap, mu), sub(full(1, []), mu));
}

/** Adam with Nesterov's momentum and an L2 penalty, as PyTorch's `NAdam`. */
export function nadam(options: NAdamOptions): GradientTransform {
  checkOptions("make NAdam", options, nadamRules);
  const { learningRate, weightDecay: decay = 0, ...moments } = options;
  return chain(weightDecay(decay), scaleByNAdam(moments), scaleByLearningRate(learningRate));
}
