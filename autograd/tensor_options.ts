/** Options of the methods of tensors. */
import { nonNegativeNumber, optional, type OptionRules, trueOrFalse } from "../graph/mod.ts";

/** Sizes or axes: as numbers, `x.reshape(3, 2)`, or as one list, `x.reshape([3, 2])`. */
export type Sizes = readonly number[] | readonly [readonly number[]];

/** Options for `var` and `std`. */
export interface VarianceOptions {
  /** What is subtracted from the number of elements to get the divisor. Default: 1. */
  readonly correction?: number;
  /** Whether reduced axes are kept with size 1. Default: false. */
  readonly keepDims?: boolean;
}

/** Options for `sort` and `argsort`. */
export interface SortOptions {
  /** Whether the largest element comes first. Default: false. */
  readonly descending?: boolean;
}

/** Options for `topk`. */
export interface TopkOptions {
  /** Whether to take the largest elements, or else the smallest. Default: true. */
  readonly largest?: boolean;
}

/** Rules of `SortOptions`. */
export const sortRules: OptionRules<SortOptions> = { descending: optional(trueOrFalse) };
/** Rules of `TopkOptions`. */
export const topkRules: OptionRules<TopkOptions> = { largest: optional(trueOrFalse) };

/** Rules of `VarianceOptions`. */
export const varianceRules: OptionRules<VarianceOptions> = {
  correction: optional(nonNegativeNumber),
  keepDims: optional(trueOrFalse),
};
