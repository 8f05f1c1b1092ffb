/**
 * The rows of a PNG file: decompression, filters, and interlacing [W3C PNG, third edition, sec. 7 to
 * 10].
 * @module
 */
import { MOST_INFLATION } from "../checkpoint/compression.ts";
import { concatenated } from "../checkpoint/bytes.ts";
import { decodeWith, invalidImage } from "./errors.ts";
import type { ImageLibraries } from "./load_libraries.ts";
import type { PngHeader } from "./png_chunks.ts";

/** Values of channels or indices, before they are scaled to 8 bits. */
export type Samples = Uint8Array | Uint16Array;

/** The pixels of one pass: every `dx`th column from `x` on, and likewise for rows. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];

const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/** A pass of an image, in the decompressed bytes: a filter type and `rowBytes` for each row. */
interface PassRows extends Pass {
  readonly start: number;
  readonly columns: number;
  readonly rows: number;
  readonly rowBytes: number;
}

/** [height, width, channels]: the values of all pixels. */
export function readRows(
  header: PngHeader,
  data: readonly Uint8Array[],
  libraries: ImageLibraries,
): Samples {
  const { width, height, channels, depth } = header;
  const passes = passesOf(header);
  const last = passes.at(-1)!;
  const bytes = inflate(data, last.start + last.rows * (last.rowBytes + 1), libraries);
  const length = width * height * channels;
  const out = depth === 16 ? new Uint16Array(length) : new Uint8Array(length);
  for (const pass of passes) {
    unfilter(bytes, pass, Math.max(1, channels * depth / 8));
    readPass(bytes, pass, header, out);
  }
  return out;
}

function passesOf(
  { width, height, channels, depth, isInterlaced }: PngHeader,
): readonly PassRows[] {
  let start = 0;
  const all = (isInterlaced ? ADAM7 : WHOLE).map((pass): PassRows => {
    const columns = Math.max(0, Math.ceil((width - pass.x) / pass.dx));
    const rows = columns === 0 ? 0 : Math.max(0, Math.ceil((height - pass.y) / pass.dy));
    const rowBytes = Math.ceil(columns * channels * depth / 8);
    const placed = { ...pass, start, columns, rows, rowBytes };
    start += rows * (rowBytes + 1);
    return placed;
  });
  return all;
}

/** Decompresses exactly `length` bytes. No more memory is used, whatever the file claims. */
function inflate(
  pieces: readonly Uint8Array[],
  length: number,
  { unzlibSync }: ImageLibraries,
): Uint8Array {
  const packedLength = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (packedLength * MOST_INFLATION < length) {
    const rule =
      `compressed rows of ${length} bytes are at least ${length} / ${MOST_INFLATION} bytes`;
    throw invalidImage(rule, `${packedLength}`);
  }
  const packed = pieces.length === 1 ? pieces[0]! : concatenated(pieces);
  // one byte more shows that there are too many; the rest is not kept
  const out = new Uint8Array(length + 1);
  const bytes = decodeWith("PNG data", () => unzlibSync(packed, { out }));
  if (bytes.length === length) return bytes;
  const current = bytes.length > length ? "more" : `${bytes.length}`;
  throw invalidImage(`the rows of this PNG file are ${length} bytes`, current);
}

/** Undoes the filters of a pass, in place. `step` is the distance to the pixel on the left. */
function unfilter(bytes: Uint8Array, { start, rows, rowBytes }: PassRows, step: number): void {
  const stride = rowBytes + 1;
  for (let row = 0; row < rows; row++) {
    const at = start + row * stride + 1;
    const type = bytes[at - 1]!;
    if (type > 4) throw invalidImage("filter types are from 0 to 4", `${type}`);
    if (type === 0) continue;
    for (let i = 0; i < rowBytes; i++) {
      const left = i < step ? 0 : bytes[at + i - step]!;
      const up = row === 0 ? 0 : bytes[at + i - stride]!;
      const corner = row === 0 || i < step ? 0 : bytes[at + i - stride - step]!;
      bytes[at + i]! += predicted(type, left, up, corner);
    }
  }
}

function predicted(type: number, left: number, up: number, corner: number): number {
  if (type === 1) return left;
  if (type === 2) return up;
  if (type === 3) return (left + up) >> 1;
  const [a, b, c] = [
    Math.abs(up - corner),
    Math.abs(left - corner),
    Math.abs(left + up - 2 * corner),
  ];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Copies the values of a pass to the places of their pixels. */
function readPass(bytes: Uint8Array, pass: PassRows, header: PngHeader, out: Samples): void {
  const { width, channels, depth } = header;
  const perRow = pass.columns * channels;
  for (let row = 0; row < pass.rows; row++) {
    const from = pass.start + row * (pass.rowBytes + 1) + 1;
    const target = ((pass.y + row * pass.dy) * width + pass.x) * channels;
    if (depth === 8 && pass.dx === 1) {
      out.set(bytes.subarray(from, from + perRow), target);
      continue;
    }
    for (let i = 0; i < perRow; i++) {
      const pixel = Math.floor(i / channels);
      out[target + pixel * pass.dx * channels + i % channels] = sampleAt(bytes, from, i, depth);
    }
  }
}

/** Value `i` of a row, in which several may share a byte, highest bits first. */
function sampleAt(bytes: Uint8Array, row: number, i: number, depth: number): number {
  if (depth === 8) return bytes[row + i]!;
  if (depth === 16) return bytes[row + 2 * i]! << 8 | bytes[row + 2 * i + 1]!;
  const bit = i * depth;
  return (bytes[row + (bit >> 3)]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}
