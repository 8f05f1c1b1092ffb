/**
 * Options of convolutions and pooling, and the checks of those options.
 * @module
 */
import {
  checkOption,
  either,
  listOf,
  nonNegativeWhole,
  numberOrPair,
  oneOf,
  optional,
  positiveWhole,
} from "../check_value.ts";
import type { OptionRules } from "../check_options.ts";
import { ShapeError } from "../errors.ts";
import type { Shape } from "../types.ts";
import { checkPositions } from "../sizes.ts";

/** Sizes along height and width. */
export type Pair = readonly [height: number, width: number];

/** Expands one number to a pair for height and width. */
export function pairOf(value: number | Pair): Pair {
  return typeof value === "number" ? [value, value] : value;
}

/** The placement of windows over the last two axes of an image. */
export interface WindowAttrs {
  /** Size of a window, in positions. */
  readonly size: Pair;
  /** Distance between adjacent windows. */
  readonly stride: Pair;
  /** Rows and columns of padding at the start. The padding at the end follows from `output`. */
  readonly padding: Pair;
  /** Distance between adjacent positions in a window. */
  readonly dilation: Pair;
  /** Number of windows. */
  readonly output: Pair;
}

/** Attributes of `windows` and its transpose. */
export interface WindowsAttrs extends WindowAttrs {
  /** Size of the image. */
  readonly image: Pair;
  /** The value outside the image. */
  readonly value: number;
}

/** Attributes of the three convolutions. Shapes are those of the forward convolution. */
export interface Conv2dAttrs {
  /** [n, c, h, w] of the images. */
  readonly images: Shape;
  /** [o, c / groups, kh, kw] of the weight. */
  readonly weight: Shape;
  /** Rows of zeros above and columns of zeros left of the image. */
  readonly padding: Pair;
  /** Distance between adjacent outputs, in pixels. */
  readonly stride: Pair;
  /** Distance between adjacent weights, in pixels. */
  readonly dilation: Pair;
  /** Number of independent groups of channels. */
  readonly groups: number;
  /** Height and width of the result. */
  readonly output: Pair;
}

const positivePair = listOf(positiveWhole, 2);
const nonNegativePair = listOf(nonNegativeWhole, 2);

/**
 * Checks that window attributes are valid integers and that padded positions do not overflow.
 * @throws {ShapeError} naming the invalid attribute
 */
export function checkWindow(action: string, attrs: WindowAttrs, image: Pair): void {
  const { size, stride, padding, dilation, output } = attrs;
  checkOption(action, { size, stride, dilation, output }, positivePair, ShapeError);
  checkOption(action, { padding, image }, nonNegativePair, ShapeError);
  for (const axis of [0, 1] as const) {
    const span = (size[axis] - 1) * dilation[axis] + 1;
    checkPositions(action, {
      stride: stride[axis],
      dilation: dilation[axis],
      "the size of the padded image": image[axis] + 2 * padding[axis],
      "the span of a window": span,
      "the last position of a window": (output[axis] - 1) * stride[axis] + span,
    });
  }
}

/** Options for `conv2d`. */
export interface Conv2dOptions {
  /** Distance between adjacent outputs. Default: 1. */
  readonly stride?: number | Pair;
  /** Zeros on each side, or `"same"` for ⌈size / stride⌉ outputs. Default: 0. */
  readonly padding?: number | Pair | "same";
  /** Distance between adjacent weights. Default: 1. */
  readonly dilation?: number | Pair;
  /** Number of independent groups of channels. Default: 1. */
  readonly groups?: number;
}

/** Options for pooling. */
export interface PoolOptions {
  /** Height and width of a window. */
  readonly size: number | Pair;
  /** Distance between adjacent windows. Default: the window's size. */
  readonly stride?: number | Pair;
  /** Rows and columns of padding on each side. Default: 0. */
  readonly padding?: number | Pair;
}

/** Rules for the options of a convolution. */
export const conv2dRules: OptionRules<Conv2dOptions> = {
  stride: optional(numberOrPair(positiveWhole)),
  padding: optional(either(numberOrPair(nonNegativeWhole), oneOf(["same"]))),
  dilation: optional(numberOrPair(positiveWhole)),
  groups: optional(positiveWhole),
};

/** Rules for the options of pooling. */
export const poolRules: OptionRules<PoolOptions> = {
  size: numberOrPair(positiveWhole),
  stride: optional(numberOrPair(positiveWhole)),
  padding: optional(numberOrPair(nonNegativeWhole)),
};
