import {
  add,
  broadcastTo,
  cast,
  checkOptions,
  div,
  exp,
  full,
  fullLike,
  greater,
  listOf,
  mul,
  neg,
  type Node,
  nonNegativeNumber,
  numberIn,
  optional,
  type OptionRules,
  select,
  sqrt,
  square,
  sub,
} from "../graph/mod.ts";
import { type LearningRate, rateOrSchedule, scaleByLearningRate } from "./learning_rate.ts";
import { chain, type GradientTransform, perNode, type TransformInput } from "./transform.ts";
import { type Decay, decayRule, weightDecay } from "./weight_decay.ts";

/** What Adam's direction depends on. */
export interface MomentsOptions {
  /** Decay rates of the first and second moment. Default: 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** Added to the denominator. Default: 1e-8. */
  readonly eps?: number;
}

/** Options for `adam` and `adamW`. */
export interface AdamOptions extends MomentsOptions {
  /** How far each step goes: a number, or a schedule. */
  readonly learningRate: LearningRate;
  /** λ. Default: 0 for Adam and 0.01 for AdamW, as in PyTorch. */
  readonly weightDecay?: Decay;
}

/** Rules for `MomentsOptions`. */
export const momentsRules: OptionRules<MomentsOptions> = {
  betas: optional(listOf(numberIn("[0, 1)"), 2)),
  eps: optional(nonNegativeNumber),
};
/** Rules for `AdamOptions`. */
export const adamRules: OptionRules<AdamOptions> = {
  learningRate: rateOrSchedule,
  ...momentsRules,
  weightDecay: optional(decayRule),
};

/**
 * 1 − β^t = −expm1(t · ln β), f32[]. Taking β^t from 1 in f32 would lose four digits at the
 * first steps, so for small arguments it is a Taylor polynomial (next term: x⁹/9!).
 */
export function biasCorrection(beta: number, steps: Node): Node {
  if (beta === 0) return full(1, []);
  const x = mul(steps, full(Math.log(beta), []));
  // x + x²/2! + … + x⁸/8! = x(1 + x/2(1 + x/3(…)))
  let series: Node = full(1, []);
  for (let k = 8; k >= 2; k--) {
    series = add(full(1, []), mul(mul(x, full(1 / k, [])), series));
  }
  const small = neg(mul(x, series));
  return select(greater(x, full(-0.5, [])), small, sub(full(1, []), exp(x)));
}

/** β · average + (1 − β) · value. */
export function decayed(average: Node, value: Node, beta: number): Node {
  return add(mul(average, fullLike(value, beta)), mul(value, fullLike(value, 1 - beta)));
}

/**
 * Adam's direction [Kingma and Ba 2015, Algorithm 1]:
 *
 *     m ← β₁·m + (1 − β₁)·g,   v ← β₂·v + (1 − β₂)·g²
 *     update = (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + eps)
 */
export function scaleByAdam(options: MomentsOptions = {}): GradientTransform {
  checkOptions("make Adam", options, momentsRules);
  const { betas = [0.9, 0.999], eps = 1e-8 } = options;
  const [beta1, beta2] = betas;
  return perNode(
    "scaleByAdam",
    ({ update: g, slots: [m, v] }: TransformInput, { step }) => {
      const steps = cast(add(step, fullLike(step, 1)), "f32");
      const first = decayed(m!, g, beta1);
      const second = decayed(v!, square(g), beta2);
      const spread = (scalar: Node) => broadcastTo(scalar, g.type.shape);
      const mean = div(first, spread(biasCorrection(beta1, steps)));
      const root = div(sqrt(second), spread(sqrt(biasCorrection(beta2, steps))));
      return { update: div(mean, add(root, fullLike(g, eps))), slots: [first, second] };
    },
    ["firstMoment", "secondMoment"],
  );
}

/** Adam with an L2 penalty, as PyTorch's `Adam`. */
export function adam(options: AdamOptions): GradientTransform {
  checkOptions("make Adam", options, adamRules);
  const { learningRate, weightDecay: decay = 0, ...moments } = options;
  return chain(weightDecay(decay), scaleByAdam(moments), scaleByLearningRate(learningRate));
}

/** Adam with decoupled weight decay [Loshchilov and Hutter 2019], as PyTorch's `AdamW`. */
export function adamW(options: AdamOptions): GradientTransform {
  checkOptions("make AdamW", options, adamRules);
  const { learningRate, weightDecay: decay = 0.01, ...moments } = options;
  return chain(scaleByAdam(moments), weightDecay(decay), scaleByLearningRate(learningRate));
}
