import type { Conv2dKernel } from "../../../graph/kernel.ts";
import { elementCount } from "../../../graph/types.ts";
import type { Conv2dTile } from "../../adapter_profile.ts";

/** Widest weight that is tiled. A wider one would make the shader too long. */
const WIDEST_WEIGHT = 11;
/** Fewest channels of a group, unless there is only one group. */
export const LEAST_GROUP = 4;
/** Most rows × columns of a weight whose rows are unrolled. */
const UNROLLED_TAPS = 9;

/** The geometry of a forward or input-gradient convolution as sums over source pixels. */
export interface PixelGeometry {
  /** Number of result channels and of summed channels of a group. */
  readonly channels: number;
  readonly summed: number;
  /** Number of groups. */
  readonly groups: number;
  /** Rows and columns of the result and of the source. */
  readonly size: readonly [number, number];
  readonly source: readonly [number, number];
  /** Number of row phases. Rows of one phase use the same rows of the weight. */
  readonly rowPhases: number;
  /** Pixels per tile, and source columns between adjacent tiles. */
  readonly pixels: number;
  readonly sourceStep: number;
  /**
   * The pixels of each accumulator: four per quad, whose source pixels are a constant step apart.
   */
  readonly quads: readonly (readonly number[])[];
  /** The source column, relative to the tile's first, of a pixel and a column of the weight. */
  readonly sourceOf: (pixel: number, v: number) => number | undefined;
}

/**
 * `undefined` if only the loop nest supports the convolution: wide weights, and some strided input
 * gradients.
 */
export function pixelGeometry(
  { role, sizes }: Conv2dKernel,
  pixels: number,
): PixelGeometry | undefined {
  const { groups, stride, padding, dilation, kernelWidth } = sizes;
  if (role === "weightGradient" || kernelWidth > WIDEST_WEIGHT) return undefined;
  const image = [sizes.h, sizes.w] as const;
  const out = [sizes.outHeight, sizes.outWidth] as const;
  if (role === "forward") {
    return {
      channels: sizes.o / groups,
      summed: sizes.c / groups,
      groups,
      size: out,
      source: image,
      rowPhases: 1,
      pixels,
      sourceStep: pixels * stride[1],
      quads: quadsOf(pixels, 1),
      sourceOf: (pixel, v) => pixel * stride[1] + v * dilation[1] - padding[1],
    };
  }
  if (pixels % (4 * stride[1]) !== 0 || (stride[0] > 1 && dilation[0] > 1)) return undefined;
  return {
    channels: sizes.c / groups,
    summed: sizes.o / groups,
    groups,
    size: image,
    source: out,
    rowPhases: stride[0],
    pixels,
    sourceStep: pixels / stride[1],
    quads: quadsOf(pixels, stride[1]),
    sourceOf: (pixel, v) => {
      const position = pixel + padding[1] - v * dilation[1];
      return position % stride[1] === 0 ? position / stride[1] : undefined;
    },
  };
}

/** Pixels `step` apart, four to a quad. */
function quadsOf(pixels: number, step: number): number[][] {
  const first = Array.from({ length: pixels / 4 }, (_, i) => {
    const block = Math.floor(i / step);
    return block * 4 * step + (i % step);
  });
  return first.map((start) => [0, 1, 2, 3].map((i) => start + i * step));
}

/** Channels of a group of a packed weight: rounded up to a multiple of the tile's, padded with zeros. */
export function paddedChannels({ channels }: PixelGeometry, tile: Conv2dTile): number {
  return Math.ceil(channels / tile.channels) * tile.channels;
}

/** Number of invocations of a tiled convolution. */
export function pixelInvocations(
  { sizes }: Conv2dKernel,
  geometry: PixelGeometry,
  tile: Conv2dTile,
): number {
  return elementCount([
    sizes.n,
    channelTiles(geometry, tile),
    rowTiles(geometry, tile) * geometry.rowPhases,
    Math.ceil(geometry.size[1] / tile.pixels),
  ]);
}

/** Number of tiles along the channels of all groups. */
export function channelTiles({ channels, groups }: PixelGeometry, tile: Conv2dTile): number {
  return groups * Math.ceil(channels / tile.channels);
}

/** Number of vertically stacked tiles in one phase. */
export function rowTiles({ size: [height], rowPhases }: PixelGeometry, tile: Conv2dTile): number {
  return Math.ceil(height / (rowPhases * tile.rows));
}

/** Whether the rows of the weight are unrolled. */
export function isUnrolled(
  { sizes: { kernelHeight, kernelWidth } }: Conv2dKernel,
  { rowPhases }: PixelGeometry,
  { rolled }: Conv2dTile,
): boolean {
  return !rolled && rowPhases === 1 && kernelHeight * kernelWidth <= UNROLLED_TAPS;
}

/** All source columns that a tile needs, relative to its first, ascending. */
export function sourceColumns(geometry: PixelGeometry, kernelWidth: number): number[] {
  const met = new Set<number>();
  for (let pixel = 0; pixel < geometry.pixels; pixel++) {
    for (let v = 0; v < kernelWidth; v++) {
      const column = geometry.sourceOf(pixel, v);
      if (column !== undefined) met.add(column);
    }
  }
  return [...met].sort((a, b) => a - b);
}
