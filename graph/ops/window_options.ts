/**
 * How windows lie over images: the options of convolutions and pooling, and what they must be.
 * @module
 */
import {
  checkOption,
  listOf,
  nonNegativeWhole,
  numberOrPair,
  positiveWhole,
  type ValueRule,
} from "../check_value.ts";
import { checkOptions, type OptionNames } from "../check_options.ts";
import { ShapeError } from "../errors.ts";

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

/**
 * Refuses windows that are not whole numbers of rows and columns.
 * @throws {ShapeError} naming the attribute
 */
export function checkWindow(action: string, attrs: WindowAttrs): void {
  const { size, stride, padding, dilation, output } = attrs;
  const pair = listOf(positiveWhole, 2);
  checkOption(action, { size, stride, dilation, output }, pair, ShapeError);
  checkOption(action, { padding }, listOf(nonNegativeWhole, 2), ShapeError);
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

/** The options of a convolution. */
export const conv2dNames: OptionNames<Conv2dOptions> = {
  stride: "optional",
  padding: "optional",
  dilation: "optional",
  groups: "optional",
};

/**
 * Refuses options that a convolution does not have, and numbers that they cannot be.
 * @param names the options, if there are more than those of the op
 * @throws {TypeError} if there is no such option
 * @throws {RangeError} naming the option
 */
export function checkConv2dOptions<Options extends Conv2dOptions>(
  action: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  checkOptions(action, options, names);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  checkOption(action, { stride, dilation }, numberOrPair(positiveWhole));
  checkOption(action, { groups }, positiveWhole);
  if (padding !== "same") checkOption(action, { padding }, paddingRule);
}

const paddingRule: ValueRule = {
  text: `${numberOrPair(nonNegativeWhole).text}, or "same"`,
  holds: numberOrPair(nonNegativeWhole).holds,
};

const poolNames: OptionNames<PoolOptions> = {
  size: "required",
  stride: "optional",
  padding: "optional",
};

/**
 * Refuses options that pooling does not have, and numbers that they cannot be.
 * @throws {TypeError} if there is no such option
 * @throws {RangeError} naming the option
 */
export function checkPoolOptions(action: string, options: PoolOptions): void {
  checkOptions(action, options, poolNames);
  const { size, stride = size, padding = 0 } = options;
  checkOption(action, { size, stride }, numberOrPair(positiveWhole));
  checkOption(action, { padding }, numberOrPair(nonNegativeWhole));
}
