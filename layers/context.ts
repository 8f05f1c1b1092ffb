import type { Tensor, Variable } from "../autograd/mod.ts";
import {
  callable,
  nonNegativeNumber,
  nonNegativeWhole,
  optional,
  type OptionRules,
  positiveWhole,
} from "../graph/mod.ts";

/** Which rows of a larger batch a forward pass computes, when other ranks compute the others. */
export interface BatchPart {
  /** Number of the first row. */
  readonly from: number;
  /** Number of rows. */
  readonly count: number;
  /** Number of rows of the batch. */
  readonly of: number;
  /** Weight of a mean over these rows in the mean over the batch. */
  readonly share: number;
  /**
   * Sums over all parts. Given, batch normalization uses the statistics of the whole batch, else
   * those of the part.
   */
  readonly sum?: (x: Tensor) => Tensor;
}

/** Rules of `BatchPart`. */
export const batchPartRules: OptionRules<BatchPart> = {
  from: nonNegativeWhole,
  count: positiveWhole,
  of: positiveWhole,
  share: nonNegativeNumber,
  sum: optional(callable),
};

/**
 * How a forward pass is run. It is passed explicitly and never stored in a layer.
 *
 * One object stands for one run: a layer that draws random numbers twice with it gets different
 * numbers, and two objects with the same fields give the same numbers. Within a compiled step, no
 * two draws are the same.
 */
export interface ForwardContext {
  /** Whether the model is being trained. Affects dropout and batch normalization. */
  readonly training: boolean;
  /** i32[]: makes random numbers differ from run to run. Usually the optimizer's step counter. */
  readonly counter?: Tensor;
  /** Seed of the random numbers. Default: 0. */
  readonly seed?: number;
  /**
   * Receives the next values of a layer's own variables, such as running statistics, for `updates`.
   * `compile` throws if they are forgotten there. To leave the variables as they are, pass
   * `ignoreStatistics`.
   */
  readonly record?: (variable: Variable, next: Tensor) => void;
  /** If the input is a part of a batch: which. Default: the input is the batch. */
  readonly part?: BatchPart;
}

/** The default context: inference. */
export const inference: ForwardContext = { training: false };

/** For `record`: leaves running statistics as they are in training. */
export function ignoreStatistics(_variable: Variable, _next: Tensor): void {}
