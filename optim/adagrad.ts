import {
  add,
  broadcastTo,
  cast,
  checkOptions,
  div,
  full,
  fullLike,
  mul,
  type Node,
  nonNegativeNumber,
  optional,
  type OptionRules,
  sqrt,
  square,
} from "../graph/mod.ts";
import { type LearningRate, rateOrSchedule, scaleByLearningRate } from "./learning_rate.ts";
import { chain, type GradientTransform, perNode } from "./transform.ts";
import { type Decay, decayRule, weightDecay } from "./weight_decay.ts";

/** What Adagrad's direction depends on. */
export interface SquareSumOptions {
  /** The sum of squares at the start. Default: 0. */
  readonly initialAccumulatorValue?: number;
  /** Added to the denominator. Default: 1e-10. */
  readonly eps?: number;
}

/** Options for `adagrad`. */
export interface AdagradOptions extends SquareSumOptions {
  /** How far each step goes: a number, or a schedule. */
  readonly learningRate: LearningRate;
  /** The rate is divided by 1 + lrDecay · (number of steps done). Default: 0. */
  readonly lrDecay?: number;
  /** λ of an L2 penalty. Default: 0. */
  readonly weightDecay?: Decay;
}

const squareSumRules: OptionRules<SquareSumOptions> = {
  initialAccumulatorValue: optional(nonNegativeNumber),
  eps: optional(nonNegativeNumber),
};
const adagradRules: OptionRules<AdagradOptions> = {
  learningRate: rateOrSchedule,
  ...squareSumRules,
  lrDecay: optional(nonNegativeNumber),
  weightDecay: optional(decayRule),
};

/**
 * Adagrad's direction [Duchi et al. 2011]:
 *
 *     s ← s + g²
 *     update = g / (√(s + initialAccumulatorValue) + eps)
 */
export function scaleByAdagrad(options: SquareSumOptions = {}): GradientTransform {
  checkOptions("make Adagrad", options, squareSumRules);
  const { initialAccumulatorValue: initial = 0, eps = 1e-10 } = options;
  return perNode("scaleByAdagrad", ({ update: g, slots: [s] }) => {
    const sum = add(s!, square(g));
    const root = sqrt(initial === 0 ? sum : add(sum, fullLike(sum, initial)));
    return { update: div(g, add(root, fullLike(g, eps))), slots: [sum] };
  }, ["squareSum"]);
}

/** Adagrad with an L2 penalty, as PyTorch's `Adagrad`. */
export function adagrad(options: AdagradOptions): GradientTransform {
  checkOptions("make Adagrad", options, adagradRules);
  const { learningRate, lrDecay = 0, weightDecay: decay = 0, ...squareSum } = options;
  return chain(
    weightDecay(decay),
    scaleByAdagrad(squareSum),
    ...(lrDecay === 0 ? [] : [divideBySteps(lrDecay)]),
    scaleByLearningRate(learningRate),
  );
}

/** update / (1 + decay · steps done). */
function divideBySteps(decay: number): GradientTransform {
  return perNode("divideBySteps", ({ update }, { step }) => {
    const divisor: Node = add(full(1, []), mul(cast(step, "f32"), full(decay, [])));
    return div(update, broadcastTo(divisor, update.type.shape));
  });
}
