/**
 * Options of convolutions other than `conv2d`, and the checks of those options.
 * @module
 */
import {
  either,
  listOf,
  nonNegativeWhole,
  numberOrPair,
  oneOf,
  optional,
  positiveWhole,
  type ValueRule,
} from "../check_value.ts";
import type { OptionRules } from "../check_options.ts";
import type { Pair } from "./window_options.ts";

/** Options for `convTranspose2d`. */
export interface ConvTranspose2dOptions {
  /** Distance between adjacent inputs in the result. Default: 1. */
  readonly stride?: number | Pair;
  /** Rows and columns that are cut off on each side of the result. Default: 0. */
  readonly padding?: number | Pair;
  /** Rows and columns added to the end of the result; less than stride or dilation. Default: 0. */
  readonly outputPadding?: number | Pair;
  /** Distance between adjacent weights. Default: 1. */
  readonly dilation?: number | Pair;
  /** Number of independent groups of channels. Default: 1. */
  readonly groups?: number;
}

/** Rules for the options of a transposed convolution. */
export const convTranspose2dRules: OptionRules<ConvTranspose2dOptions> = {
  stride: optional(numberOrPair(positiveWhole)),
  padding: optional(numberOrPair(nonNegativeWhole)),
  outputPadding: optional(numberOrPair(nonNegativeWhole)),
  dilation: optional(numberOrPair(positiveWhole)),
  groups: optional(positiveWhole),
};

/** Options for `conv1d`. */
export interface Conv1dOptions {
  /** Distance between adjacent outputs. Default: 1. */
  readonly stride?: number;
  /** Zeros on each side, or `"same"` for ⌈length / stride⌉ outputs. Default: 0. */
  readonly padding?: number | "same";
  /** Distance between adjacent weights. Default: 1. */
  readonly dilation?: number;
  /** Number of independent groups of channels. Default: 1. */
  readonly groups?: number;
}

/** Options for `convTranspose1d`. */
export interface ConvTranspose1dOptions {
  /** Distance between adjacent inputs in the result. Default: 1. */
  readonly stride?: number;
  /** Elements that are cut off on each side of the result. Default: 0. */
  readonly padding?: number;
  /** Elements added to the end of the result; less than stride or dilation. Default: 0. */
  readonly outputPadding?: number;
  /** Distance between adjacent weights. Default: 1. */
  readonly dilation?: number;
  /** Number of independent groups of channels. Default: 1. */
  readonly groups?: number;
}

/** Sizes along depth, height, and width. */
export type Triple = readonly [depth: number, height: number, width: number];

/** Options for `conv3d`. */
export interface Conv3dOptions {
  /** Distance between adjacent outputs. Default: 1. */
  readonly stride?: number | Triple;
  /** Zeros on each side. Default: 0. */
  readonly padding?: number | Triple;
  /** Distance between adjacent weights. Default: 1. */
  readonly dilation?: number | Triple;
  /** Number of independent groups of channels. Default: 1. */
  readonly groups?: number;
}

/** Rules of `Conv1dOptions`. */
export const conv1dRules: OptionRules<Conv1dOptions> = {
  stride: optional(positiveWhole),
  padding: optional(either(nonNegativeWhole, oneOf(["same"]))),
  dilation: optional(positiveWhole),
  groups: optional(positiveWhole),
};

/** Rules of `ConvTranspose1dOptions`. */
export const convTranspose1dRules: OptionRules<ConvTranspose1dOptions> = {
  stride: optional(positiveWhole),
  padding: optional(nonNegativeWhole),
  outputPadding: optional(nonNegativeWhole),
  dilation: optional(positiveWhole),
  groups: optional(positiveWhole),
};

/** One number, or one for each of three axes. */
export function numberOrTriple(rule: ValueRule): ValueRule {
  return either(rule, { ...listOf(rule, 3), text: "a list of 3 of them" });
}

/** Rules of `Conv3dOptions`. */
export const conv3dRules: OptionRules<Conv3dOptions> = {
  stride: optional(numberOrTriple(positiveWhole)),
  padding: optional(numberOrTriple(nonNegativeWhole)),
  dilation: optional(numberOrTriple(positiveWhole)),
  groups: optional(positiveWhole),
};

/** Expands one number to three. */
export function tripleOf(value: number | Triple): Triple {
  return typeof value === "number" ? [value, value, value] : value;
}
