/**
 * The order of the axes of images.
 * @module
 */
import type { RawArray } from "./dataset.ts";

/** `nchw`: channels first, as in PyTorch. `nhwc`: channels last, as in most image files. */
export type ImageLayout = "nchw" | "nhwc";

/** All image layouts. */
export const imageLayouts: readonly ImageLayout[] = ["nchw", "nhwc"];

/** Maximum number of channels: gray, gray with alpha, color, or color with alpha. */
const MOST_CHANNELS = 4;

/**
 * Recognizes the layout of a sample with three axes; `undefined` if both are possible. Images have
 * up to four channels; otherwise, two equal sizes are height and width.
 */
export function recognizeLayout(shape: readonly number[]): ImageLayout | undefined {
  const [first = 0, second = 0, third = 0] = shape;
  return either(first <= MOST_CHANNELS, third <= MOST_CHANNELS) ??
    either(second === third, first === second);
}

/** The layout with evidence, if there is none for the other. */
function either(first: boolean, last: boolean): ImageLayout | undefined {
  if (first === last) return undefined;
  return first ? "nchw" : "nhwc";
}

/** Transposes images from [height, width, channels] to [channels, height, width]. */
export function channelsFirst(x: RawArray, shape: readonly number[]): RawArray {
  const [height = 0, width = 0, channels = 0] = shape;
  const area = height * width;
  // a copy of the right type and length, whose values are all overwritten
  const out = x.slice();
  for (let start = 0; start < x.length; start += area * channels) {
    for (let pixel = 0; pixel < area; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        out[start + channel * area + pixel] = x[start + pixel * channels + channel]!;
      }
    }
  }
  return out;
}
