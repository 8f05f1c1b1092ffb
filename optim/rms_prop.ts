import {
  add,
  checkOptions,
  div,
  fullLike,
  mul,
  type Node,
  nonNegativeNumber,
  numberIn,
  optional,
  type OptionRules,
  sqrt,
  square,
} from "../graph/mod.ts";
import { type LearningRate, rateOrSchedule, scaleByLearningRate } from "./learning_rate.ts";
import { chain, type GradientTransform, perNode } from "./transform.ts";
import { type Decay, decayRule, weightDecay } from "./weight_decay.ts";

/** What RMSprop's direction depends on. */
export interface MeanSquareOptions {
  /** Share α of the mean square that each step keeps. Default: 0.99. */
  readonly alpha?: number;
  /** Added to the denominator. Default: 1e-8. */
  readonly eps?: number;
}

/** Options for `rmsProp`. */
export interface RmsPropOptions extends MeanSquareOptions {
  /** How far each step goes: a number, or a schedule. */
  readonly learningRate: LearningRate;
  /** λ of an L2 penalty. Default: 0. */
  readonly weightDecay?: Decay;
}

const meanSquareRules: OptionRules<MeanSquareOptions> = {
  alpha: optional(numberIn("[0, 1)")),
  eps: optional(nonNegativeNumber),
};
const rmsPropRules: OptionRules<RmsPropOptions> = {
  learningRate: rateOrSchedule,
  ...meanSquareRules,
  weightDecay: optional(decayRule),
};

/**
 * RMSprop's direction [Tieleman and Hinton 2012]:
 *
 *     s ← α·s + (1 − α)·g²
 *     update = g / (√s + eps)
 */
export function scaleByRms(options: MeanSquareOptions = {}): GradientTransform {
  checkOptions("make RMSprop", options, meanSquareRules);
  const { alpha = 0.99, eps = 1e-8 } = options;
  return perNode("scaleByRms", ({ update: g, slots: [s] }) => {
    const scaled = (value: Node, by: number) => mul(value, fullLike(value, by));
    const mean = add(scaled(s!, alpha), scaled(square(g), 1 - alpha));
    return { update: div(g, add(sqrt(mean), fullLike(g, eps))), slots: [mean] };
  }, ["meanSquare"]);
}

/** RMSprop with an L2 penalty, as PyTorch's `RMSprop` without momentum. */
export function rmsProp(options: RmsPropOptions): GradientTransform {
  checkOptions("make RMSprop", options, rmsPropRules);
  const { learningRate, weightDecay: decay = 0, ...meanSquare } = options;
  return chain(weightDecay(decay), scaleByRms(meanSquare), scaleByLearningRate(learningRate));
}
