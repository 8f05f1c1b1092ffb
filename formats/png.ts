/**
 * PNG images. The format is read here, and decompressed by fflate into memory of the right size:
 * decoders such as fast-png decompress without a limit, fill missing rows without an error, and do
 * not read all interlaced files.
 * @module
 */
import { concatenated } from "../checkpoint/bytes.ts";
import { invalidImage } from "./errors.ts";
import type { ChannelCount, PixelImage } from "./image.ts";
import type { ImageLibraries } from "./load_libraries.ts";
import {
  colorTypes,
  PNG_SIGNATURE,
  pngChunk,
  type PngHeader,
  readPngChunks,
  readPngHeader,
} from "./png_chunks.ts";
import { readRows, type Samples } from "./png_rows.ts";

/** Decodes a PNG file. Transparent pixels are blended with white; 16 bits are rounded to 8. */
export function decodePng(bytes: Uint8Array, libraries: ImageLibraries): PixelImage {
  const header = readPngHeader(bytes);
  const { data, palette, transparency } = readPngChunks(bytes);
  const samples = readRows(header, data, libraries);
  if (header.colorType === colorTypes.palette) {
    return blended(throughPalette(samples, palette, transparency), header, 4);
  }
  const { depth, channels } = header;
  const isOpaque = transparency === undefined || transparency.length !== 2 * channels;
  if (isOpaque) return blended(toBytes(samples, depth), header, channels);
  return blended(toBytes(withAlpha(samples, transparency, header), depth), header, channels + 1);
}

/** Encodes an image, without filters. Equal images give equal bytes. */
export function encodePngWith(
  { width, height, channels, data }: PixelImage,
  { zlibSync }: ImageLibraries,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? colorTypes.gray : colorTypes.color], 8);
  const rows = new Uint8Array(height * (width * channels + 1));
  for (let row = 0; row < height; row++) {
    const pixels = data.subarray(row * width * channels, (row + 1) * width * channels);
    rows.set(pixels, row * (width * channels + 1) + 1);
  }
  return concatenated([
    Uint8Array.from(PNG_SIGNATURE),
    pngChunk("IHDR", header),
    pngChunk("IDAT", zlibSync(rows, { level: 9 })),
    pngChunk("IEND", new Uint8Array()),
  ]);
}

/** Red, green, blue, and alpha of indices. */
function throughPalette(
  indices: Samples,
  palette: Uint8Array = new Uint8Array(),
  alpha: Uint8Array = new Uint8Array(),
): Uint8Array {
  const colors = palette.length / 3;
  const out = new Uint8Array(4 * indices.length);
  indices.forEach((index, pixel) => {
    if (index >= colors) throw invalidImage(`an index is below the ${colors} colors`, `${index}`);
    for (let c = 0; c < 3; c++) out[4 * pixel + c] = palette[3 * index + c]!;
    out[4 * pixel + 3] = alpha[index] ?? 255;
  });
  return out;
}

/** Scales values to 8 bits. */
function toBytes(values: Samples, depth: number): Uint8Array {
  if (depth === 8 && values instanceof Uint8Array) return values;
  const scale = 255 / (2 ** depth - 1);
  return Uint8Array.from(values, (value) => Math.round(value * scale));
}

/** Adds an alpha channel: 0 for the one color that is transparent. */
function withAlpha(
  values: Samples,
  color: Uint8Array,
  { channels, depth }: PngHeader,
): Uint16Array {
  const out = new Uint16Array(values.length / channels * (channels + 1));
  for (let from = 0, to = 0; from < values.length; from += channels) {
    let isColor = true;
    for (let c = 0; c < channels; c++) {
      const value = values[from + c]!;
      out[to++] = value;
      isColor &&= value === (color[2 * c]! << 8 | color[2 * c + 1]!);
    }
    out[to++] = isColor ? 0 : 2 ** depth - 1;
  }
  return out;
}

/** Blends pixels that have an alpha channel (2 or 4 channels) with white. */
function blended(
  data: Uint8Array,
  { width, height }: PngHeader,
  count: number,
): PixelImage {
  const channels: ChannelCount = count < 3 ? 1 : 3;
  if (count === channels) return { width, height, channels, data };
  const out = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = data[pixel * count + channels]! / 255;
    for (let c = 0; c < channels; c++) {
      out[pixel * channels + c] = Math.round(alpha * data[pixel * count + c]! + 255 * (1 - alpha));
    }
  }
  return { width, height, channels, data: out };
}
