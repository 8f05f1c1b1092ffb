/**
 * How windows lie over images: the options of convolutions and pooling, and what they must be.
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
import { checkPositions } from "../sizes.ts";

/** Sizes along height and width. */
export type Pair = readonly [height: number, width: number];

/** Both directions of an image from one number or two. */
export function pairOf(value: number | Pair): Pair {
  return typeof value === "number" ? [value, value] : value;
}

/** Where a window is laid over the last two axes of an image. */
export interface WindowAttrs {
  /** Positions in a window. */
  readonly size: Pair;
  /** Distance of neighbouring windows. */
  readonly stride: Pair;
  /** Rows and columns of padding in front; those behind follow from `output`. */
  readonly padding: Pair;
  /** Distance of neighbouring positions in a window. */
  readonly dilation: Pair;
  /** Number of windows. */
  readonly output: Pair;
}

/** Attributes of `windows` and its transpose. */
export interface WindowsAttrs extends WindowAttrs {
  /** Size of the image. */
  readonly image: Pair;
  /** What lies outside of the image. */
  readonly value: number;
}

const positivePair = listOf(positiveWhole, 2);
const nonNegativePair = listOf(nonNegativeWhole, 2);

/**
 * Refuses windows that are not whole numbers of rows and columns, or reach too far over the image.
 * @throws {ShapeError} naming the attribute
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

/** How a window moves over an image. */
export interface Conv2dOptions {
  /** Distance of neighbouring outputs; 1 unless told. */
  readonly stride?: number | Pair;
  /** Zeros on each side, or `"same"` for ⌈size / stride⌉ outputs; 0 unless told. */
  readonly padding?: number | Pair | "same";
  /** Distance of neighbouring weights; 1 unless told. */
  readonly dilation?: number | Pair;
  /** Groups of channels that do not see each other; 1 unless told. */
  readonly groups?: number;
}

/** How pooling windows lie. */
export interface PoolOptions {
  /** Height and width of a window. */
  readonly size: number | Pair;
  /** Distance of neighbouring windows; the window's size unless told. */
  readonly stride?: number | Pair;
  /** Rows and columns around the image that count as empty; 0 unless told. */
  readonly padding?: number | Pair;
}

/** What the options of a convolution must be. */
export const conv2dRules: OptionRules<Conv2dOptions> = {
  stride: optional(numberOrPair(positiveWhole)),
  padding: optional(either(numberOrPair(nonNegativeWhole), oneOf(["same"]))),
  dilation: optional(numberOrPair(positiveWhole)),
  groups: optional(positiveWhole),
};

/** What the options of pooling must be. */
export const poolRules: OptionRules<PoolOptions> = {
  size: numberOrPair(positiveWhole),
  stride: optional(numberOrPair(positiveWhole)),
  padding: optional(numberOrPair(nonNegativeWhole)),
};
