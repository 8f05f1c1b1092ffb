/**
 * JPEG images [ITU-T T.81], baseline and progressive, decoded by jpeg-js.
 * @module
 */
import { viewOf } from "../checkpoint/bytes.ts";
import { decodeWith, invalidImage } from "./errors.ts";
import { orientationOf, upright } from "./exif.ts";
import type { PixelImage } from "./image.ts";
import type { ImageLibraries } from "./load_libraries.ts";

/** The first bytes of every JPEG file. */
export const JPEG_SIGNATURE: readonly number[] = [0xff, 0xd8, 0xff];

/** Most memory of the decoder, in bytes per pixel: coefficients and samples of 4 components. */
const BYTES_PER_PIXEL = 64;

/** The fields of a JPEG file that are known before it is decoded. */
export interface JpegHeader {
  /** Width in pixels, as stored. */
  readonly width: number;
  /** Height in pixels, as stored. */
  readonly height: number;
  /** Number of components: 1 for gray. */
  readonly components: number;
  /** How the camera was held [Exif 2.3, tag 274]: 1 to 8. */
  readonly orientation: number;
  /** Offset of the frame header in the file. */
  readonly offset: number;
}

/** Reads the segments up to the frame header. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  const view = viewOf(bytes);
  let orientation = 1;
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) { // a fill byte
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (marker === 0xe1 && orientation === 1) orientation = orientationOf(segment);
    if (isFrame(marker)) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return { width, height, components: bytes[at + 9]!, orientation, offset: at };
    }
    at += 2 + length;
  }
  throw invalidImage("a JPEG file has a frame header", `none in ${bytes.length} bytes`);
}

/** SOF0 to SOF15, without DHT, JPG, and DAC, which have numbers between them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Decodes a JPEG file, and turns it upright as its Exif data say. */
export function decodeJpeg(bytes: Uint8Array, { decodeJpeg }: ImageLibraries): PixelImage {
  const { width, height, components, orientation, offset } = readJpegHeader(bytes);
  // the decoder would fill what is missing with gray
  if (!hasEnd(bytes, offset)) {
    throw invalidImage("a JPEG file ends with EOI", "the file is truncated");
  }
  // each block of 8×8 pixels takes a bit or more, so that a short file cannot use much memory
  if (width * height > 512 * bytes.length) {
    const rule = "a JPEG file has a byte or more for 512 pixels";
    throw invalidImage(rule, `${bytes.length} bytes for ${width}×${height}`);
  }
  const { data } = decodeWith("JPEG data", () =>
    decodeJpeg(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: Infinity, // checked before
      maxMemoryUsageInMB: 16 + BYTES_PER_PIXEL * width * height / 2 ** 20,
    }));
  const image: PixelImage = { width, height, channels: 3, data };
  return upright(components === 1 ? firstChannel(image) : image, orientation);
}

/** Whether an end marker follows the frame header. A thumbnail before it has one of its own. */
function hasEnd(bytes: Uint8Array, offset: number): boolean {
  for (let at = bytes.length - 2; at > offset; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

function firstChannel({ width, height, data }: PixelImage): PixelImage {
  const gray = new Uint8Array(width * height);
  for (let pixel = 0; pixel < gray.length; pixel++) gray[pixel] = data[3 * pixel]!;
  return { width, height, channels: 1, data: gray };
}
