import { checkOptions, optional, type OptionRules } from "../graph/mod.ts";
import { type LearningRate, rateOrSchedule, scaleByLearningRate } from "./learning_rate.ts";
import { checkNesterov, momentum, momentumRules } from "./momentum.ts";
import { chain, type GradientTransform } from "./transform.ts";
import { type Decay, decayRule, weightDecay } from "./weight_decay.ts";

/** Options for `sgd`. */
export interface SgdOptions {
  /** How far each step goes: a number, or a schedule. */
  readonly learningRate: LearningRate;
  /** Momentum coefficient. Default: 0, no momentum. */
  readonly momentum?: number;
  /** Dampening: the share of each later gradient that is left out of the velocity. Default: 0. */
  readonly dampening?: number;
  /** Looks ahead along the velocity. Default: false. */
  readonly nesterov?: boolean;
  /** λ of an L2 penalty. Default: 0. */
  readonly weightDecay?: Decay;
}

const sgdRules: OptionRules<SgdOptions> = {
  learningRate: rateOrSchedule,
  ...momentumRules,
  weightDecay: optional(decayRule),
};

/** Stochastic gradient descent with PyTorch's order: decay, then momentum, then the rate. */
export function sgd(options: SgdOptions): GradientTransform {
  checkOptions("make SGD", options, sgdRules);
  const { learningRate, momentum: keep = 0, dampening = 0, nesterov = false } = options;
  checkNesterov("make SGD", { momentum: keep, dampening, nesterov });
  const { weightDecay: decay = 0 } = options;
  return chain(
    ...(decay === 0 ? [] : [weightDecay(decay)]),
    ...(keep === 0 && !nesterov ? [] : [momentum({ momentum: keep, dampening, nesterov })]),
    scaleByLearningRate(learningRate),
  );
}
