import { checkOptions, listOf, numberIn, optional, type OptionRules, sign } from "../graph/mod.ts";
import { decayed } from "./adam.ts";
import { type LearningRate, rateOrSchedule, scaleByLearningRate } from "./learning_rate.ts";
import { chain, type GradientTransform, perNode } from "./transform.ts";
import { type Decay, decayRule, weightDecay } from "./weight_decay.ts";

/** What Lion's direction depends on. */
export interface SignMomentumOptions {
  /** Share of the momentum in the direction, and in the next momentum. Default: 0.9 and 0.99. */
  readonly betas?: readonly [number, number];
}

/** Options for `lion`. */
export interface LionOptions extends SignMomentumOptions {
  /** How far each step goes: a number, or a schedule. A third to a tenth of AdamW's is usual. */
  readonly learningRate: LearningRate;
  /** λ of decoupled weight decay. Default: 0. */
  readonly weightDecay?: Decay;
}

const signMomentumRules: OptionRules<SignMomentumOptions> = {
  betas: optional(listOf(numberIn("[0, 1)"), 2)),
};
const lionRules: OptionRules<LionOptions> = {
  learningRate: rateOrSchedule,
  ...signMomentumRules,
  weightDecay: optional(decayRule),
};

/**
 * Lion's direction [Chen et al. 2023, Algorithm 2]:
 *
 *     update = sign(β₁·m + (1 − β₁)·g)
 *     m ← β₂·m + (1 − β₂)·g
 */
export function scaleByLion(options: SignMomentumOptions = {}): GradientTransform {
  checkOptions("make Lion", options, signMomentumRules);
  const { betas: [beta1, beta2] = [0.9, 0.99] } = options;
  return perNode("scaleByLion", ({ update: g, slots: [m] }) => ({
    update: sign(decayed(m!, g, beta1)),
    slots: [decayed(m!, g, beta2)],
  }), ["momentum"]);
}

/** Lion with decoupled weight decay [Chen et al. 2023]. */
export function lion(options: LionOptions): GradientTransform {
  checkOptions("make Lion", options, lionRules);
  const { learningRate, weightDecay: decay = 0, ...momentum } = options;
  return chain(scaleByLion(momentum), weightDecay(decay), scaleByLearningRate(learningRate));
}
