import {
  listOf,
  nonNegativeWhole,
  oneOf,
  optional,
  type OptionRules,
  trueOrFalse,
  type ValueRule,
} from "../../../graph/mod.ts";
import type { Segmentation } from "../scales/segmentation.ts";

/** How scale nodes are found. */
export interface SkeletonOptions {
  /**
   * Where two activations are added: "cut" (default) fixes their scales, as the paper
   * does; "tied" makes them equal, which uses the symmetry of residual networks as well.
   */
  readonly residual?: "cut" | "tied";
  /**
   * What batch normalization does to scales. "paper" (default) lets them pass and
   * multiplies the gradients of the weights before it by their norms [Meng 2019, Eq. 30];
   * "none" lets them pass and does nothing more. Both are heuristics: rescaling these weights
   * changes the function. "affine" is exact: scales begin at the trained factor γ behind it.
   */
  readonly bn?: "paper" | "none" | "affine";
  /**
   * "whole" (default) lets segments be as large as they can be; "stages" ends them where
   * the size of images changes, and leaves out the first convolution and linear layers, as
   * the paper's code does; lists of parameter names make each list a segment of its own.
   */
  readonly segmentation?: Segmentation;
  /**
   * Indices of segments, as in the report without this option, in which the conservation law
   * failed: they keep their plain updates. See `conservationCheck`.
   */
  readonly failedSegments?: readonly number[];
  /** Throws if a weight (biases and batch normalization aside) would keep its plain update. */
  readonly strict?: boolean;
}

const segmentationRule: ValueRule = {
  text: '"whole", "stages" or lists of names',
  holds: (value) =>
    value === "whole" || value === "stages" || Array.isArray(value) && value.every(Array.isArray),
};

/** Rules for `SkeletonOptions`. */
export const skeletonRules: OptionRules<SkeletonOptions> = {
  residual: optional(oneOf(["cut", "tied"])),
  bn: optional(oneOf(["paper", "none", "affine"])),
  segmentation: optional(segmentationRule),
  failedSegments: optional(listOf(nonNegativeWhole)),
  strict: optional(trueOrFalse),
};
