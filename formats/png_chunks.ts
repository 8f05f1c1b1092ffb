/**
 * The chunks of a PNG file [W3C PNG, third edition, sec. 5 and 11].
 * @module
 */
import { viewOf } from "../checkpoint/bytes.ts";
import { crc32 } from "../checkpoint/crc.ts";
import { invalidImage } from "./errors.ts";

/** The first bytes of every PNG file. */
export const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The kinds of pixels: gray, color, indices of a palette, gray or color with alpha. */
export const colorTypes = {
  gray: 0,
  color: 2,
  palette: 3,
  grayAlpha: 4,
  colorAlpha: 6,
} as const;

/** Channels and allowed bits per channel of each color type. */
const layouts: ReadonlyMap<
  number,
  { readonly channels: number; readonly depths: readonly number[] }
> = new Map([
  [colorTypes.gray, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [colorTypes.color, { channels: 3, depths: [8, 16] }],
  [colorTypes.palette, { channels: 1, depths: [1, 2, 4, 8] }],
  [colorTypes.grayAlpha, { channels: 2, depths: [8, 16] }],
  [colorTypes.colorAlpha, { channels: 4, depths: [8, 16] }],
]);

/** The fields of the IHDR chunk. */
export interface PngHeader {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Bits per channel, or per index of a palette. */
  readonly depth: number;
  /** One of `colorTypes`. */
  readonly colorType: number;
  /** Stored channels, alpha included; 1 for indices. */
  readonly channels: number;
  /** Whether the rows are in the seven passes of Adam7. */
  readonly isInterlaced: boolean;
}

/** The chunks that pixels depend on. Others, such as texts and profiles, are not read. */
export interface PngChunks {
  /** Compressed rows, in pieces. */
  readonly data: readonly Uint8Array[];
  /** Colors of a palette, 3 bytes each; `undefined` if there is none. */
  readonly palette: Uint8Array | undefined;
  /** The transparent color, or the alpha of the palette's colors. */
  readonly transparency: Uint8Array | undefined;
}

/** Reads the header, which is the first chunk. */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const view = viewOf(bytes);
  const isHeader = bytes.length >= 33 && view.getUint32(8) === 13 && typeAt(bytes, 12) === "IHDR";
  if (!isHeader) throw invalidImage("a PNG file begins with IHDR", "the first chunk is another");
  const [depth = 0, colorType = 0, compression, filter, interlace = 0] = bytes.subarray(24, 29);
  const layout = layouts.get(colorType);
  if (layout === undefined || !layout.depths.includes(depth)) {
    throw invalidImage("color type and bits must be valid", `type ${colorType}, ${depth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    const current = `${compression}, ${filter}, and ${interlace}`;
    throw invalidImage("compression, filter, and interlacing are 0, 0, and 0 or 1", current);
  }
  const { channels } = layout;
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  return { ...size, depth, colorType, channels, isInterlaced: interlace === 1 };
}

/** Reads the chunks and checks their checksums. */
export function readPngChunks(bytes: Uint8Array): PngChunks {
  const view = viewOf(bytes);
  const data: Uint8Array[] = [];
  const found = new Map<string, Uint8Array>();
  for (let at = PNG_SIGNATURE.length; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    const type = typeAt(bytes, at + 4);
    const contents = bytes.subarray(at + 8, end - 4);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw invalidImage(
        "checksums of chunks must match",
        `that of ${JSON.stringify(type)} does not`,
      );
    }
    if (type === "IEND") {
      return { data, palette: found.get("PLTE"), transparency: found.get("tRNS") };
    }
    if (type === "IDAT") data.push(contents);
    else found.set(type, contents);
    at = end;
  }
  throw invalidImage("a PNG file ends with IEND", "the file is truncated");
}

/** A chunk with its length and checksum. */
export function pngChunk(type: string, contents: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + contents.length);
  const view = viewOf(out);
  view.setUint32(0, contents.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(contents, 8);
  view.setUint32(8 + contents.length, crc32(out.subarray(4, 8 + contents.length)));
  return out;
}

function typeAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
