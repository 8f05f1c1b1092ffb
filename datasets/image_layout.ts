/**
 * The order of an image's axes: which of them is the channel.
 * @module
 */
import type { RawArray } from "./dataset.ts";

/** `nchw`: channels first, as PyTorch has images; `nhwc`: channels last, as files have them. */
export type ImageLayout = "nchw" | "nhwc";

/** The choices. */
export const imageLayouts: readonly ImageLayout[] = ["nchw", "nhwc"];

/** Gray, gray with alpha, color, color with alpha. */
const MOST_CHANNELS = 4;

/**
 * The layout that a sample of three axes must have, or `undefined` if it may have either. Images
 * have up to four channels; of others, the sides of a square are height and width.
 */
export function recognizeLayout(shape: readonly number[]): ImageLayout | undefined {
  const [first = 0, second = 0, third = 0] = shape;
  return either(first <= MOST_CHANNELS, third <= MOST_CHANNELS) ??
    either(second === third, first === second);
}

/** The layout for which there is evidence, if there is none for the other. */
function either(first: boolean, last: boolean): ImageLayout | undefined {
  if (first === last) return undefined;
  return first ? "nchw" : "nhwc";
}

/** The values of images [height, width, channels] as [channels, height, width]. */
export function channelsFirst(x: RawArray, shape: readonly number[]): RawArray {
  const [height = 0, width = 0, channels = 0] = shape;
  const area = height * width;
  // a copy of the right kind and length, every value of which is replaced
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
