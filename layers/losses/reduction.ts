import type { Tensor } from "../../autograd/mod.ts";
import { formatType, oneOf, optional, type OptionRules, ShapeError } from "../../graph/mod.ts";
import { mustBeTensor } from "../_input.ts";

/** How the losses of elements or samples become one: their mean, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none";

/** The option that all losses have. */
export interface LossOptions {
  /** Whether to average, to add, or to return each loss. Default: "mean". */
  readonly reduction?: Reduction;
}

/** Rules for `LossOptions`. */
export const lossRules: OptionRules<LossOptions> = {
  reduction: optional(oneOf(["mean", "sum", "none"])),
};

/** The mean or the sum of all losses: f32[]. With "none", the losses themselves. */
export function reduceLoss(each: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  if (reduction === "none") return each;
  return reduction === "mean" ? each.mean() : each.sum();
}

/**
 * Refuses tensors of different shapes, which would broadcast: the loss of [n] and [n, 1] would
 * compare all pairs.
 * @throws {ShapeError} if two shapes differ
 */
export function mustHaveSameShape(name: string, ...tensors: readonly Tensor[]): void {
  for (const tensor of tensors) mustBeTensor(tensor, name);
  const [first, ...others] = tensors;
  const wrong = others.find(({ shape }) => shape.join() !== first!.shape.join());
  if (!wrong) return;
  throw new ShapeError(
    `Cannot apply ${name} to ${formatType(first!.node.type)} and ${formatType(wrong.node.type)}: ` +
      "they must have the same shape",
  );
}
