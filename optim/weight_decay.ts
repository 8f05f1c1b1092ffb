import {
  add,
  callable,
  checkOption,
  either,
  fullLike,
  mul,
  type Node,
  nonNegativeNumber,
  type ValueRule,
} from "../graph/mod.ts";
import { type GradientTransform, perNode } from "./transform.ts";

/** λ of weight decay: one number, or a function of the parameter, for example to exempt biases. */
export type Decay = number | ((parameter: Node) => number);

/** The rule for a weight decay. */
export const decayRule: ValueRule = either(nonNegativeNumber, callable);

/**
 * g + λ·parameter. First in a chain it is the L2 penalty of PyTorch's SGD and Adam; after
 * `scaleByAdam` it is the decoupled decay of AdamW.
 *
 * Under G-SGD it acts on path values: on those of plain weights and biases, and never on
 * skeleton weights.
 *
 * @throws {RangeError} if λ is negative
 */
export function weightDecay(decay: Decay): GradientTransform {
  checkOption("decay weights", { weightDecay: decay }, decayRule);
  return perNode("weightDecay", ({ update, parameter }) => {
    const own = typeof decay === "number" ? decay : checkDecay(decay(parameter));
    return own === 0 ? update : add(update, mul(parameter, fullLike(parameter, own)));
  });
}

function checkDecay(decay: number): number {
  checkOption("decay weights", { weightDecay: decay }, nonNegativeNumber);
  return decay;
}
