import { checkOptions, optional, type OptionRules } from "../graph/mod.ts";
import { type LearningRate, rateOrSchedule, scaleByLearningRate } from "./learning_rate.ts";
import { checkNesterov, momentum, momentumRules } from "./momentum.ts";
import { chain, type GradientTransform } from "./transform.ts";
import { type Decay, decayRule, weightDecay } from "./weight_decay.ts";

/** What `sgd` is told. */
export interface SgdOptions {
  /** How far each step goes: a number, or a schedule. */
  readonly learningRate: LearningRate;
  /** Share of the velocity that each step keeps; 0, no velocity, unless told. */
  readonly momentum?: number;
  /** Share of each later gradient that is left out of the velocity; 0 unless told. */
  readonly dampening?: number;
  /** Looks ahead along the velocity; not unless told. */
  readonly nesterov?: boolean;
  /** λ of an L2 penalty; 0 unless told. */
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
