/**
 * Decodes and encodes image files.
 * @module
 */
import { checkOptions, optional, positiveWhole } from "../graph/mod.ts";
import { invalidImage } from "./errors.ts";
import { checkImage, type PixelImage } from "./image.ts";
import { decodeJpeg, JPEG_SIGNATURE, readJpegHeader } from "./jpeg.ts";
import { loadImageLibraries } from "./load_libraries.ts";
import { otherFormat } from "./other_formats.ts";
import { decodePng, encodePngWith } from "./png.ts";
import { PNG_SIGNATURE, readPngHeader } from "./png_chunks.ts";

/** Options for {@link decodeImage}. */
export interface DecodeImageOptions {
  /** Most pixels, width × height. Larger images are refused before memory is used. Default: 10^8. */
  readonly maxPixels?: number;
}

/** What the header of an image file says. */
export interface ImageHeader {
  /** Format of the file. */
  readonly format: "PNG" | "JPEG";
  /** Width in pixels, upright. */
  readonly width: number;
  /** Height in pixels, upright. */
  readonly height: number;
}

/**
 * Reads format and size of a PNG or JPEG file, which is recognized by its first bytes.
 *
 * @throws {ImageError} if it is neither, or its header is invalid
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const has = (signature: readonly number[]) => signature.every((byte, i) => bytes[i] === byte);
  if (has(PNG_SIGNATURE)) {
    const { width, height } = readPngHeader(bytes);
    return checkSize({ format: "PNG", width, height });
  }
  if (has(JPEG_SIGNATURE)) {
    const { width, height, orientation } = readJpegHeader(bytes);
    const [across, down] = orientation >= 5 ? [height, width] : [width, height];
    return checkSize({ format: "JPEG", width: across, height: down });
  }
  throw invalidImage("the file must be PNG or JPEG", whatIsThere(bytes));
}

/** What a file is that is neither PNG nor JPEG. */
function whatIsThere(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty";
  const format = otherFormat(bytes);
  if (format !== undefined) return `format is ${format}`;
  const first = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `first bytes are ${first.join(" ")}`;
}

/**
 * Decodes a PNG or JPEG file. All kinds of PNG (gray, color, palette, 1 to 16 bits, interlaced) and
 * JPEG (baseline, progressive) become 8 bits per channel. Transparent pixels are
 * blended with white. Photographs are turned upright as their Exif data say.
 *
 * @throws {ImageError} if the file is neither PNG nor JPEG, or is truncated, damaged, or too large
 *
 * @example One white pixel
 * ```ts
 * import { decodeImage, encodePng } from "./mod.ts";
 * const white = { width: 1, height: 1, channels: 1, data: Uint8Array.of(255) } as const;
 * const { channels, data } = await decodeImage(await encodePng(white));
 * console.assert(channels === 1 && data[0] === 255);
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeImageOptions = {},
): Promise<PixelImage> {
  checkOptions("decode an image", options, { maxPixels: optional(positiveWhole) });
  const { maxPixels = 1e8 } = options;
  const { format, width, height } = readImageHeader(bytes);
  if (width * height > maxPixels) {
    throw invalidImage(`it must have at most ${maxPixels} pixels`, `size is ${width}×${height}`);
  }
  const libraries = await loadImageLibraries();
  return format === "PNG" ? decodePng(bytes, libraries) : decodeJpeg(bytes, libraries);
}

/**
 * Encodes an image as a PNG file. Equal images give equal bytes.
 *
 * @throws {ImageError} if the number of values is not height × width × channels
 */
export async function encodePng(image: PixelImage): Promise<Uint8Array<ArrayBuffer>> {
  checkImage("encode an image", image);
  return encodePngWith(image, await loadImageLibraries());
}

function checkSize(header: ImageHeader): ImageHeader {
  const { format, width, height } = header;
  if (width > 0 && height > 0) return header;
  throw invalidImage(`a ${format} file has at least one pixel`, `size is ${width}×${height}`);
}
