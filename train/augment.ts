import { arange, Tensor, where } from "../autograd/mod.ts";
import {
  checkOptions,
  nonNegativeWhole,
  optional,
  type OptionRules,
  positiveWhole,
  randomBits,
  seedNumber,
  type Shape,
  streamOf,
} from "../graph/mod.ts";

/** Largest shift of an image of 32×32 pixels and more, in pixels [He et al. 2016, §4.2]. */
export const MARGIN = 4;

/**
 * Largest shift of images of a shape [channels, height, width], in pixels: an eighth of the smaller
 * side, as the 4 of 32 pixels in the paper, but at least 1 and at most 4.
 */
export function marginOf(shape: Shape): number {
  return Math.min(MARGIN, Math.max(1, Math.round(Math.min(...shape.slice(-2)) / 8)));
}

/** A random shift and a random horizontal flip for each image of a batch. */
export interface Jitter {
  /** i32 [rows]: how many pixels down the crop starts, from −margin to margin. */
  readonly down: Tensor;
  /** i32 [rows]: how many pixels to the right it starts. */
  readonly right: Tensor;
  /** bool [rows]: whether the image is flipped, left to right. */
  readonly mirrored: Tensor;
}

/** Options for `drawJitter`. */
export interface JitterOptions {
  /** Number of images in the batch. */
  readonly rows: number;
  /** Whole number in [0, 2^32). */
  readonly seed: number;
  /** Largest shift in pixels. Default: 4. */
  readonly margin?: number;
}

const jitterRules: OptionRules<JitterOptions> = {
  rows: positiveWhole,
  seed: seedNumber,
  margin: optional(nonNegativeWhole),
};

/**
 * Draws shifts and flips for the images of a batch. They depend only on the seed, the step (i32[]),
 * and the position in the batch, and are the same on every device.
 * @throws {RangeError} if an option is out of range
 */
export function drawJitter(step: Tensor, options: JitterOptions): Jitter {
  checkOptions("draw shifts and flips", options, jitterRules);
  const { rows, seed, margin = MARGIN } = options;
  const attrs = { shape: [3, rows], seed, stream: streamOf("augment") };
  const bits = new Tensor(randomBits(step.node, attrs));
  const draw = (row: number) => bits.slice([row, 0], [1, rows]).reshape([rows]);
  const shift = (row: number) => draw(row).mod(2 * margin + 1).cast("i32").sub(margin);
  return { down: shift(0), right: shift(1), mirrored: draw(2).less(2 ** 31) };
}

/** Where the pixels of shifted and flipped images come from. */
export interface Source {
  /** i32, broadcasts to [rows, channels, height, width]. */
  readonly row: Tensor;
  /** i32, likewise. */
  readonly column: Tensor;
  /** bool, likewise: whether that is inside the image. */
  readonly inside: Tensor;
}

/** The source of each pixel of [rows, channels, height, width]. */
export function sourceOf(jitter: Jitter, height: number, width: number): Source {
  const perImage = (x: Tensor) => x.reshape([-1, 1, 1, 1]);
  const rows = arange(height).reshape([height, 1]);
  const columns = arange(width);
  const row = rows.add(perImage(jitter.down));
  const turned = where(perImage(jitter.mirrored), columns.mul(-1).add(width - 1), columns);
  const column = turned.add(perImage(jitter.right));
  const within = (x: Tensor, size: number) => x.greaterEqual(0).and(x.less(size));
  return { row, column, inside: within(row, height).and(within(column, width)) };
}
