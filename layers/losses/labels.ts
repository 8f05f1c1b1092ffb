import { full, type Tensor, where } from "../../autograd/mod.ts";
import {
  DTypeError,
  formatType,
  optional,
  type OptionRules,
  ShapeError,
  wholeIn,
} from "../../graph/mod.ts";
import { tensorRule } from "../_input.ts";
import { type LossOptions, reduceLoss } from "./reduction.ts";

/** Options of losses with labels. */
export interface LabelOptions {
  /** f32 [classes]: factor of the loss of each class. Default: 1. */
  readonly weight?: Tensor;
  /** Label of samples that neither add to the loss nor count in the average, such as −100. */
  readonly ignoreIndex?: number;
}

/** Rules for `LabelOptions`. */
export const labelRules: OptionRules<LabelOptions> = {
  weight: optional(tensorRule),
  ignoreIndex: optional(wholeIn(-(2 ** 31), 2 ** 31 - 1)),
};

/** The label that the ops ignore. */
const IGNORED = -1;

/** Labels in which the ignored one is −1. Then −1 is no longer ignored itself, but invalid. */
export function knownLabels(labels: Tensor, { ignoreIndex = IGNORED }: LabelOptions): Tensor {
  if (ignoreIndex === IGNORED) return labels;
  const invalid = where(labels.equal(IGNORED), IGNORED - 1, labels);
  return where(labels.equal(ignoreIndex), IGNORED, invalid);
}

/** How much each sample counts: the weight of its class, and 0 if it is ignored. f32 [n…]. */
export function weightOfLabels(labels: Tensor, options: LabelOptions): Tensor {
  const { weight, ignoreIndex = IGNORED } = options;
  const own = weight ? weight.gather(labels) : full(1, labels.shape);
  return where(labels.equal(ignoreIndex), 0, own);
}

/** The weighted average of losses if there are weights or an ignored label, else as others. */
export function reduceByLabel(
  each: Tensor,
  labels: Tensor,
  options: LabelOptions & LossOptions,
): Tensor {
  const { reduction = "mean", weight, ignoreIndex } = options;
  const isPlain = weight === undefined && ignoreIndex === undefined;
  if (reduction !== "mean" || isPlain) return reduceLoss(each, options);
  const total = weightOfLabels(labels, options).sum();
  // Explicit NaN, because some drivers compute 0 / 0 as 0.
  return where(total.equal(0), NaN, each.sum().div(total));
}

/**
 * Checks that there is one weight for each class.
 * @throws {ShapeError} naming both types
 */
export function checkWeights(action: string, x: Tensor, weight: Tensor | undefined): void {
  if (!weight) return;
  if (weight.dtype === "f32" && weight.rank === 1 && weight.shape[0] === x.shape.at(-1)) return;
  throw new ShapeError(
    `Cannot ${action} to ${formatType(x.node.type)}: weight must be f32 with one element for ` +
      `each class: current is ${formatType(weight.node.type)}`,
  );
}

/**
 * Refuses targets that are not labels.
 * @throws {DTypeError} if they are not i32
 */
export function mustBeLabels(action: string, target: Tensor, what: string): void {
  if (target.dtype === "i32") return;
  throw new DTypeError(
    `Cannot ${action}: ${what} must have i32 labels: current target is ${
      formatType(target.node.type)
    }`,
  );
}
