import type { Conv2dSizes } from "../../../graph/kernel.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import { range } from "../range.ts";
import { LEAST_GROUP } from "./geometry.ts";

/** Most columns of the result in a chunk. */
const MOST_COLUMNS = 32;
/** Most columns of the weight that an invocation sums. More would not fit in its registers. */
const MOST_TAPS = 3;
/** Most positions whose products are unrolled. */
const MOST_UNROLLED = 8;
/** Bytes of workgroup memory that a chunk should have, and must not exceed. */
const CHUNK_BYTES = 10_240;
const MOST_CHUNK_BYTES = 12_288;
/** Fewest chunks of a part, if fewer parts occupy the adapter: each part costs memory and adding. */
const LEAST_CHUNKS = 8;
/** Invocations of a workgroup. */
export const WEIGHT_WORKGROUP = 64;

/**
 * How a weight gradient is divided. A workgroup computes `out` × `in` channels for one row and
 * `taps` columns of the weight. It takes its part of the images in chunks: some rows and columns of
 * the result, and the window of the image that they need, both in workgroup memory with channels
 * innermost.
 */
export interface WeightBlocks {
  /** Output and input channels of a workgroup. */
  readonly out: number;
  readonly in: number;
  /** Output channels, and groups of four input channels, of an invocation. */
  readonly rows: number;
  readonly quads: number;
  /** Columns of the weight of an invocation, and the number of such groups. */
  readonly taps: number;
  readonly tapGroups: number;
  /** Rows and columns of a chunk, and the columns as padded to a multiple of `unrolled`. */
  readonly chunkRows: number;
  readonly columns: number;
  readonly paddedColumns: number;
  /** Chunks along the rows and the columns of an image. */
  readonly rowChunks: number;
  readonly columnChunks: number;
  /** Positions whose products are unrolled. */
  readonly unrolled: number;
  /** Columns of the window, and its first column relative to that of the chunk's first position. */
  readonly windowWidth: number;
  readonly windowStart: number;
  /** Whether rows of the image, and positions of the result, can be loaded four at a time. */
  readonly isImageAligned: boolean;
  readonly isResultAligned: boolean;
}

/**
 * Divides a weight gradient; `undefined` if no chunk fits in workgroup memory, or if its groups are
 * too small.
 */
export function weightBlocks(sizes: Conv2dSizes): WeightBlocks | undefined {
  const { groups } = sizes;
  if (groups > 1 && Math.min(sizes.o, sizes.c) / groups < LEAST_GROUP) return undefined;
  const first = Math.ceil(sizes.outWidth / MOST_COLUMNS);
  for (let columnChunks = first; columnChunks <= 2 * sizes.outWidth; columnChunks *= 2) {
    const blocks = blocksOf(sizes, Math.min(columnChunks, sizes.outWidth));
    if (chunkBytes(blocks) <= MOST_CHUNK_BYTES) return blocks;
  }
  return undefined;
}

function blocksOf(sizes: Conv2dSizes, wantedChunks: number): WeightBlocks {
  const taps = Math.min(sizes.kernelWidth, MOST_TAPS);
  const tapGroups = Math.ceil(sizes.kernelWidth / taps);
  const columns = wantedChunks === 1
    ? sizes.outWidth
    : Math.min(4 * Math.ceil(sizes.outWidth / wantedChunks / 4), sizes.outWidth);
  const columnChunks = Math.ceil(sizes.outWidth / columns);
  const unrolled = unrolledOf(columns);
  const paddedColumns = unrolled * Math.ceil(columns / unrolled);
  const column = { columns, paddedColumns, columnChunks, taps: taps * tapGroups };
  const block = {
    ...channelsOf(sizes, taps),
    taps,
    tapGroups,
    columns,
    paddedColumns,
    columnChunks,
    unrolled,
    ...windowOf(sizes, column),
  };
  const bytes = chunkBytes({ ...block, chunkRows: 1 });
  const chunkRows = rowsOf(sizes, columns, Math.max(1, Math.floor(CHUNK_BYTES / bytes)));
  const isFlat = paddedColumns === columns || chunkRows === 1;
  return {
    ...block,
    chunkRows,
    rowChunks: Math.ceil(sizes.outHeight / chunkRows),
    isResultAligned: isFlat && sizes.outHeight * sizes.outWidth % 4 === 0 &&
      chunkRows * columns % 4 === 0 && chunkRows * sizes.outWidth % 4 === 0,
  };
}

/** The channels of an invocation and of a workgroup, all of one group. */
function channelsOf(sizes: Conv2dSizes, taps: number) {
  const [o, c] = [sizes.o / sizes.groups, sizes.c / sizes.groups];
  // With one column, only a square of channels gives enough products for each load.
  const [rows, quads] = taps === 1 && Math.min(o, c) >= 8 ? [8, 2] : [4, 1];
  const lanes = (channels: number, each: number, most: number) =>
    Math.min(2 ** Math.ceil(Math.log2(Math.max(1, channels / each))), most);
  const outLanes = lanes(o, rows, lanes(c, 4 * quads, 8) < 8 ? 16 : 8);
  const inLanes = lanes(c, 4 * quads, WEIGHT_WORKGROUP / Math.max(outLanes, 4));
  return { rows, quads, out: outLanes * rows, in: inLanes * 4 * quads };
}

/** The number of positions to unroll: the one that pads least, else the largest. */
function unrolledOf(columns: number): number {
  const waste = (count: number) => count * Math.ceil(columns / count) - columns;
  const counts = range(Math.min(MOST_UNROLLED, columns)).map((i) => i + 1);
  const usable = counts.filter((count) => 2 * count >= Math.min(MOST_UNROLLED, columns));
  return usable.toSorted((a, b) => waste(a) - waste(b) || b - a)[0]!;
}

/** The window of the image that a chunk needs in each of its rows. */
function windowOf(
  { w, stride: [, stride], padding: [, padding], dilation: [, dilation] }: Conv2dSizes,
  { columns, paddedColumns, columnChunks, taps }: {
    readonly columns: number;
    readonly paddedColumns: number;
    readonly columnChunks: number;
    readonly taps: number;
  },
) {
  const isWhole = columnChunks === 1;
  const isImageAligned = w % 4 === 0 && (isWhole || columns * stride % 4 === 0);
  const start = isImageAligned && !isWhole ? 4 * Math.floor(-padding / 4) : -padding;
  const needed = (paddedColumns - 1) * stride + (taps - 1) * dilation - padding - start + 1;
  const width = isWhole ? Math.max(needed, w - start) : needed;
  return {
    windowStart: start,
    windowWidth: isImageAligned && !isWhole ? 4 * Math.ceil(width / 4) : width,
    isImageAligned,
  };
}

/** At most `most` rows, so that chunks are of similar height, and whole vec4s if possible. */
function rowsOf({ outHeight, outWidth }: Conv2dSizes, columns: number, most: number): number {
  if (columns < outWidth) return 1;
  const rows = Math.ceil(outHeight / Math.ceil(outHeight / most));
  const step = outWidth % 4 === 0 ? 1 : outWidth % 2 === 0 ? 2 : 4;
  return rows > step ? rows - rows % step : rows;
}

/** Bytes of workgroup memory of a chunk. */
function chunkBytes(
  blocks: Pick<WeightBlocks, "chunkRows" | "paddedColumns" | "out" | "in" | "windowWidth">,
): number {
  return 4 * (resultElements(blocks) + windowElements(blocks));
}

/** Elements of a chunk's part of the result in workgroup memory. */
export function resultElements(
  { chunkRows, paddedColumns, out }: Pick<WeightBlocks, "chunkRows" | "paddedColumns" | "out">,
): number {
  return chunkRows * paddedColumns * out;
}

/** Elements of a chunk's window of the image in workgroup memory. */
export function windowElements(
  blocks: Pick<WeightBlocks, "chunkRows" | "windowWidth" | "in">,
): number {
  return blocks.chunkRows * blocks.windowWidth * blocks.in;
}

/** Workgroups that compute one part of the sums: one for each block of the weight. */
export function workgroupsPerPart(
  { o, c, groups, kernelHeight }: Conv2dSizes,
  blocks: WeightBlocks,
): number {
  const tiles = Math.ceil(o / groups / blocks.out) * Math.ceil(c / groups / blocks.in);
  return groups * tiles * kernelHeight * blocks.tapGroups;
}

/** Chunks of all images. */
export function chunkCount({ n }: Conv2dSizes, { rowChunks, columnChunks }: WeightBlocks): number {
  return n * rowChunks * columnChunks;
}

/**
 * The number of parts in which to sum: enough to occupy the adapter and to keep sums short, and
 * more if each still has `LEAST_CHUNKS`.
 */
export function partCount(
  sizes: Conv2dSizes,
  blocks: WeightBlocks,
  { parallelInvocations, conv2dWeightInvocations, conv2dWeightTerms }: AdapterProfile,
): number {
  const invocations = WEIGHT_WORKGROUP * workgroupsPerPart(sizes, blocks);
  const chunks = chunkCount(sizes, blocks);
  const most = Math.min(conv2dWeightInvocations / invocations, chunks / LEAST_CHUNKS);
  const wanted = Math.max(parallelInvocations / invocations, most);
  const terms = sizes.n * sizes.outHeight * sizes.outWidth;
  const parts = Math.min(chunks, Math.max(1, Math.round(wanted), terms / conv2dWeightTerms));
  return Math.ceil(chunks / Math.floor(chunks / parts));
}
