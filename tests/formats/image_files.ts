/** Makes PNG and JPEG files of every kind, by the specifications, for tests of the decoders. */
import { encode } from "jpeg-js";
import { zlibSync } from "fflate";
import { concatenated } from "../../checkpoint/bytes.ts";
import type { PixelImage } from "../../formats/mod.ts";
import { PNG_SIGNATURE, pngChunk } from "../../formats/png_chunks.ts";

/** What a PNG file is made of; what is left out is drawn at random. */
export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly isInterlaced: boolean;
  readonly random: () => number;
  /** One number for each channel of each pixel. */
  readonly samples?: readonly number[];
  /** Bytes of PLTE. */
  readonly palette?: readonly number[];
  /** Bytes of tRNS. */
  readonly transparency?: readonly number[];
  /** The rows with their filter types, instead of samples. */
  readonly raw?: Uint8Array;
  /** Compressed rows, instead of all of these. */
  readonly packed?: Uint8Array;
}

const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A PNG file, and the image that it is. */
export function pngFile(parts: PngParts): { file: Uint8Array; expected: PixelImage } {
  const { width, height, depth, colorType, isInterlaced, random } = parts;
  const channels = channelsOf[colorType]!;
  const most = 2 ** depth;
  const palette = parts.palette ??
    Array.from({ length: 3 * Math.min(most, 256) }, () => Math.floor(256 * random()));
  const count = width * height * channels;
  const samples = parts.samples ??
    Array.from({ length: count > 1e6 ? 0 : count }, () => Math.floor(most * random()));
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([depth, colorType, 0, 0, isInterlaced ? 1 : 0], 8);
  const raw = parts.raw ?? filteredRows(samples, parts, channels);
  const file = concatenated([
    Uint8Array.from(PNG_SIGNATURE),
    pngChunk("IHDR", header),
    pngChunk("tEXt", new TextEncoder().encode("Comment\0no pixels")),
    ...(colorType === 3 ? [pngChunk("PLTE", Uint8Array.from(palette))] : []),
    ...(parts.transparency ? [pngChunk("tRNS", Uint8Array.from(parts.transparency))] : []),
    ...inPieces(parts.packed ?? zlibSync(raw)).map((piece) => pngChunk("IDAT", piece)),
    pngChunk("IEND", new Uint8Array()),
  ]);
  return { file, expected: expectedImage(samples, parts, palette) };
}

/** Two IDAT chunks, as encoders of large images write many. */
function inPieces(bytes: Uint8Array): readonly Uint8Array[] {
  const middle = bytes.length >> 1;
  return [bytes.subarray(0, middle), bytes.subarray(middle)];
}

const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The rows of all passes, each with a random filter. */
function filteredRows(samples: readonly number[], parts: PngParts, channels: number): Uint8Array {
  const { width, height, depth, isInterlaced, random } = parts;
  const out: number[] = [];
  for (const [x0, y0, dx, dy] of isInterlaced ? passes : [[0, 0, 1, 1]] as const) {
    let before: number[] = [];
    for (let y = y0; y < height; y += dy) {
      const bits: string[] = [];
      for (let x = x0; x < width; x += dx) {
        for (let c = 0; c < channels; c++) {
          const value = samples[(y * width + x) * channels + c]!;
          bits.push(value.toString(2).padStart(depth, "0"));
        }
      }
      if (bits.length === 0) continue;
      const row = (bits.join("").match(/.{1,8}/g) ?? []).map((byte) =>
        parseInt(byte.padEnd(8, "0"), 2)
      );
      const filter = Math.floor(5 * random());
      const step = Math.max(1, channels * depth >> 3);
      out.push(
        filter,
        ...row.map((value, i) => (value - predict(filter, row, before, i, step)) & 255),
      );
      before = row;
    }
  }
  return Uint8Array.from(out);
}

function predict(
  filter: number,
  row: readonly number[],
  before: readonly number[],
  i: number,
  step: number,
): number {
  const [a, b, c] = [row[i - step] ?? 0, before[i] ?? 0, i < step ? 0 : before[i - step] ?? 0];
  const p = a + b - c;
  const nearest = [a, b, c].toSorted((u, v) => Math.abs(p - u) - Math.abs(p - v))[0]!;
  return [0, a, b, Math.floor((a + b) / 2), nearest][filter]!;
}

/** The image in 8 bits, blended with white. */
function expectedImage(
  samples: readonly number[],
  { width, height, depth, colorType }: PngParts,
  palette: readonly number[],
): PixelImage {
  const to8 = (value: number) => Math.round(value * 255 / (2 ** depth - 1));
  const pixels = Array.from({ length: samples.length / channelsOf[colorType]! }, (_, i) => {
    if (colorType === 3) return palette.slice(3 * samples[i]!, 3 * samples[i]! + 3);
    const all = channelsOf[colorType]!;
    const values = samples.slice(i * all, (i + 1) * all).map(to8);
    if (colorType < 4) return values;
    const alpha = values.pop()! / 255;
    return values.map((value) => Math.round(alpha * value + 255 * (1 - alpha)));
  });
  const channels = colorType === 0 || colorType === 4 ? 1 : 3;
  return { width, height, channels, data: Uint8Array.from(pixels.flat()) };
}

/** A JPEG file of the best quality, in color. */
export function jpegFile(
  { width, height, color }: {
    readonly width: number;
    readonly height: number;
    readonly color: (x: number, y: number) => readonly [number, number, number];
  },
): Uint8Array {
  const data = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    data.set([...color(i % width, Math.floor(i / width)), 255], 4 * i);
  }
  return Uint8Array.from(encode({ width, height, data }, 100).data);
}

/** A gray JPEG file of 8×8 pixels of 138: its one block has a DC coefficient of 80 = 8 · (138 − 128). */
export function grayJpegFile(): Uint8Array {
  const oneCode = [1, ...Array<number>(15).fill(0)]; // a table with a single code, "0"
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...[0xff, 0xdb, 0, 67, 0, ...Array<number>(64).fill(1)],
    ...[0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0],
    ...[0xff, 0xc4, 0, 20, 0x00, ...oneCode, 7], // DC: 7 bits follow
    ...[0xff, 0xc4, 0, 20, 0x10, ...oneCode, 0], // AC: end of block
    ...[0xff, 0xda, 0, 8, 1, 1, 0x00, 0, 63, 0],
    ...[0b01010000, 0b01111111], // code, 80 in 7 bits, code, padding
    ...[0xff, 0xd9],
  ]);
}

/** The file with an orientation in a segment of Exif data. */
export function withExif(file: Uint8Array, orientation: number): Uint8Array {
  const header = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8];
  const entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
  const body = [0x45, 0x78, 0x69, 0x66, 0, 0, ...header, 0, 1, ...entry, 0, 0, 0, 0];
  const segment = [0xff, 0xe1, 0, body.length + 2, ...body];
  return Uint8Array.from([...file.subarray(0, 2), ...segment, ...file.subarray(2)]);
}
