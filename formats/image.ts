/**
 * Pixels of an image, and their conversion between gray and color.
 * @module
 */
import { checkOption, oneOf } from "../graph/mod.ts";
import { ImageError } from "./errors.ts";

/** The channels of an image: gray, or red, green, and blue. */
export type ChannelCount = 1 | 3;

/** A decoded image with 8 bits per channel. */
export interface PixelImage {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** 1: gray. 3: red, green, blue. */
  readonly channels: ChannelCount;
  /** u8 [height, width, channels]: the rows from top to bottom. */
  readonly data: Uint8Array;
}

/** Checks that an image has as many values as its size says. `action` is for the error. */
export function checkImage(action: string, { width, height, channels, data }: PixelImage): void {
  const sizes = [width, height].every((size) => Number.isSafeInteger(size) && size > 0);
  if (sizes && [1, 3].includes(channels) && data.length === width * height * channels) return;
  throw new ImageError(
    `Cannot ${action}: it must have height × width × channels values, with 1 or 3 channels: ` +
      `current is ${data.length} values for ${height}×${width}×${channels}`,
  );
}

/**
 * Converts an image to gray or color. Gray is repeated in all three channels. The gray of a color is
 * its luma, `round(0.299·red + 0.587·green + 0.114·blue)` [ITU-R BT.601], as in Pillow.
 *
 * @throws {ImageError} if the image does not have the values that its size says
 * @throws {RangeError} if `channels` is neither 1 nor 3
 */
export function withChannels(image: PixelImage, channels: ChannelCount): PixelImage {
  checkImage("convert an image", image);
  checkOption("convert an image", { channels }, oneOf([1, 3]));
  if (image.channels === channels) return image;
  const { width, height, data: from } = image;
  const data = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (channels === 3) data.fill(from[pixel]!, 3 * pixel, 3 * pixel + 3);
    else data[pixel] = luma(from[3 * pixel]!, from[3 * pixel + 1]!, from[3 * pixel + 2]!);
  }
  return { width, height, channels, data };
}

function luma(red: number, green: number, blue: number): number {
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
}
