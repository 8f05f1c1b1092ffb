/**
 * Resizing of images.
 * @module
 */
import { checkOptions, positiveWhole } from "../graph/mod.ts";
import { checkImage, type PixelImage } from "./image.ts";

/** A size in pixels. */
export interface ImageSize {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** A range along an axis of the original: its start and its length, in pixels. */
interface Range {
  readonly start: number;
  readonly length: number;
}

/**
 * Resizes an image. The largest centered part with the new aspect ratio is cut out, and resampled
 * with a triangle filter whose width grows with the reduction, so that small images have no
 * artifacts of skipped pixels (as Pillow's `ImageOps.fit` with `BILINEAR`).
 *
 * @throws {ImageError} if the image does not have the values that its size says
 * @throws {RangeError} if a size is not a positive whole number
 */
export function resizeImage(image: PixelImage, size: ImageSize): PixelImage {
  checkImage("resize an image", image);
  checkOptions("resize an image", size, { width: positiveWhole, height: positiveWhole });
  const { width, height, channels } = image;
  if (width === size.width && height === size.height) return image;
  const scale = Math.min(width / size.width, height / size.height);
  const columns = centered(width, size.width * scale);
  const rows = centered(height, size.height * scale);
  // rows first: the other pass then reads fewer values
  const narrow = resample(image.data, size.height, rows, {
    count: height,
    before: 1,
    after: width * channels,
  });
  const data = resample(narrow, size.width, columns, {
    count: width,
    before: size.height,
    after: channels,
  });
  return { ...size, channels, data: Uint8Array.from(data, Math.round) };
}

function centered(whole: number, length: number): Range {
  return { start: (whole - length) / 2, length };
}

/** An array [before, count, after], which is resampled along its middle axis. */
interface Layout {
  readonly count: number;
  readonly before: number;
  readonly after: number;
}

function resample(
  values: ArrayLike<number>,
  size: number,
  range: Range,
  { count, before, after }: Layout,
): Float32Array {
  const out = new Float32Array(before * size * after);
  for (let i = 0; i < size; i++) {
    const { first, weights } = filterAt(i, size, range, count);
    for (let outer = 0; outer < before; outer++) {
      const target = (outer * size + i) * after;
      weights.forEach((weight, k) => {
        const source = (outer * count + first + k) * after;
        for (let j = 0; j < after; j++) out[target + j]! += weight * values[source + j]!;
      });
    }
  }
  return out;
}

/** The originals that make up pixel `i`, and their weights, which sum to 1. */
function filterAt(
  i: number,
  size: number,
  { start, length }: Range,
  count: number,
): { readonly first: number; readonly weights: readonly number[] } {
  const scale = length / size;
  const radius = Math.max(1, scale);
  const center = start + (i + 0.5) * scale;
  const first = Math.max(0, Math.floor(center - radius + 0.5));
  const end = Math.min(count, Math.floor(center + radius + 0.5));
  const raw = Array.from(
    { length: end - first },
    (_, k) => Math.max(0, 1 - Math.abs(first + k + 0.5 - center) / radius),
  );
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return { first, weights: raw.map((weight) => weight / sum) };
}
