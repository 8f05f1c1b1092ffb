/** The tiling of a gathering convolution into units of work, and the layout of scratch memory. */
import { type Frame, type FrameAxis, frameAxis, type Gather, layFrame } from "./geometry.ts";
import type { Guard } from "../wasm/guard.ts";
import { TILE_CHANNELS, UNROLLED_TAPS, WEIGHT_BYTES } from "./tile.ts";
import { ScratchParts } from "../scratch_parts.ts";

/** Most bytes of frames per unit: a part of the L2 cache. */
const FRAME_BYTES = 262144;

/** The same if each pixel is read for only one tap, so that there is less reuse. */
const POINTWISE_FRAME_BYTES = 65536;

/** Most bytes of packed weights per unit. */
const WEIGHTS_BYTES = 393216;

/** Fewest pixels per unit that amortize loading its weights. */
const ENOUGH_PIXELS = 512;

/** Most pixels per unit. Their sums stay in the cache until the epilogue. */
const MOST_PIXELS = 4096;

/** Target number of units, so that a few threads get equal shares. */
const WANTED_UNITS = 8;

/** The decisions derived from a {@linkcode Gather}. */
export interface GatherTiling {
  readonly imagesPerUnit: number;
  /** Number of rows of each class; all of them if a unit has several images. */
  readonly rowsPerUnit: number;
  /** Number of result channels: all of them, or a multiple of the tile's. */
  readonly channelsPerUnit: number;
  /** Whether pixels are read directly from the source, which then needs no padding. */
  readonly inPlace: boolean;
}

/** The largest number of positions of any class. */
export function classSize({ resultSize, resultStep }: Gather): readonly [number, number] {
  return [Math.ceil(resultSize[0] / resultStep[0]), Math.ceil(resultSize[1] / resultStep[1])];
}

/** The axes of the frames of all classes. */
export function frameAxes(gather: Gather): { rows: FrameAxis; columns: FrameAxis } {
  const taps = gather.classes.flatMap((one) => one.taps);
  return {
    rows: frameAxis(taps.map(({ row }) => row), gather.sourceStep[0]),
    columns: frameAxis(taps.map(({ column }) => column), gather.sourceStep[1]),
  };
}

/** Chooses the tiling. */
export function tileGather(gather: Gather): GatherTiling {
  const [height, width] = classSize(gather);
  const frame = layFrame(frameAxes(gather), [height, width], 4);
  const imageBytes = frame.channelBytes * gather.sourceChannels;
  const pixels = height * 4 * Math.ceil(width / 4);
  const mostBytes = gather.weightSize > 1 ? FRAME_BYTES : POINTWISE_FRAME_BYTES;
  const share = Math.min(mostBytes / imageBytes, MOST_PIXELS / pixels);
  let rows = share >= 1 ? height : evenPart(height, Math.max(1, Math.floor(height * share)));
  let images = rows < height
    ? 1
    : Math.max(1, Math.min(gather.batch, Math.floor(share), Math.ceil(ENOUGH_PIXELS / pixels)));
  const units = () => gather.groups * Math.ceil(gather.batch / images) * Math.ceil(height / rows);
  const wanted = (count: number) => Math.max(1, Math.floor(count * units() / WANTED_UNITS));
  if (units() < WANTED_UNITS) images = Math.min(images, wanted(images));
  const channels = channelsPerUnit(gather, units());
  const blocks = Math.ceil(gather.resultChannels / channels);
  if (images === 1 && units() * blocks < WANTED_UNITS && rows * width > ENOUGH_PIXELS) {
    const share = Math.ceil(rows * units() * blocks / WANTED_UNITS);
    rows = evenPart(height, Math.max(Math.ceil(ENOUGH_PIXELS / width), share));
  }
  return {
    imagesPerUnit: images,
    rowsPerUnit: rows,
    channelsPerUnit: channels,
    inPlace: readsInPlace(gather),
  };
}

/** The size of a part if `total` is split into the fewest roughly equal parts within `limit`. */
function evenPart(total: number, limit: number): number {
  return Math.ceil(total / Math.ceil(total / limit));
}

function channelsPerUnit(
  { resultChannels, sourceChannels, classes }: Gather,
  units: number,
): number {
  const taps = classes.reduce((sum, one) => sum + one.taps.length, 0);
  const cached = Math.floor(WEIGHTS_BYTES / (4 * sourceChannels * taps));
  const shared = Math.ceil(resultChannels * units / WANTED_UNITS);
  const channels = Math.min(cached, Math.max(shared, 2 * TILE_CHANNELS));
  const rounded = Math.max(TILE_CHANNELS, channels - channels % TILE_CHANNELS);
  if (rounded >= resultChannels) return resultChannels;
  const blocks = Math.ceil(resultChannels / rounded);
  return TILE_CHANNELS * Math.ceil(resultChannels / blocks / TILE_CHANNELS);
}

/**
 * Whether every tap of every result is inside the source and adjacent results read adjacent
 * elements.
 */
function readsInPlace(gather: Gather): boolean {
  const { rows, columns } = frameAxes(gather);
  const [height, width] = classSize(gather);
  const fits = ({ origin, reach }: FrameAxis, size: number, sourceSize: number) =>
    origin >= 0 && origin + size + reach <= sourceSize;
  return gather.sourceStep.every((step) => step === 1) &&
    fits(rows, height, gather.sourceSize[0]) && fits(columns, width, gather.sourceSize[1]) &&
    !hasFarChannels(gather);
}

/**
 * Whether channels are a multiple of 1 KiB apart, so that they map to the same few L1 cache sets.
 */
function hasFarChannels({ sourceSize, sourceChannels }: Gather): boolean {
  return sourceSize[0] * sourceSize[1] % 256 === 0 && sourceChannels > 8;
}

/** A gathering sum and the decisions about it. */
export interface GatherParts {
  readonly gather: Gather;
  readonly tiling: GatherTiling;
  readonly layout: GatherLayout;
}

/** The layout of one thread's scratch memory: byte offsets and strides. */
export type GatherLayout = ReturnType<typeof layoutGather>;

/** Computes {@linkcode GatherLayout}. */
export function layoutGather(gather: Gather, tiling: GatherTiling, guard: Guard | undefined) {
  const { imagesPerUnit, rowsPerUnit, channelsPerUnit, inPlace } = tiling;
  const { classes, sourceChannels, resultStep } = gather;
  const [, width] = classSize(gather);
  const frame = inPlace
    ? sourceAsFrame(gather)
    : layFrame(frameAxes(gather), [rowsPerUnit, width], 4);
  const quadsPerRow = Math.ceil(width / 4);
  const tapCount = classes.reduce((sum, { taps }) => sum + taps.length, 0);
  const tileBytes = WEIGHT_BYTES * sourceChannels * tapCount;
  const sumRowBytes = 16 * quadsPerRow * resultStep[1];
  const sumImageBytes = sumRowBytes * rowsPerUnit * resultStep[0];
  const sumChannelBytes = sumImageBytes * imagesPerUnit;
  // Vectors at the end of a row may extend past the frame.
  const frameBytes = inPlace ? 0 : frame.channelBytes * sourceChannels * imagesPerUnit + 16;
  const parts = new ScratchParts(guard);
  return {
    frame,
    /** The byte offsets of each quad's source and sums. */
    quads: parts.take("quads", 8 * quadsPerRow * rowsPerUnit * imagesPerUnit),
    /** For each class with many taps, the byte offsets of the taps' pixels, then of their weights. */
    taps: classes.map(({ taps }) =>
      taps.length > UNROLLED_TAPS ? parts.take("taps", 8 * taps.length) : undefined
    ),
    weights: parts.take("weights", tileBytes * Math.ceil(channelsPerUnit / TILE_CHANNELS)),
    frames: parts.take("frames", frameBytes),
    sums: parts.take("sums", sumChannelBytes * TILE_CHANNELS + 16),
    byteLength: parts.byteLength,
    /** Bytes of the sums of a row of pixels, an image, and a channel. */
    sumRowBytes,
    sumImageBytes,
    sumChannelBytes,
    /** Bytes between adjacent packed tiles of weights. */
    tileBytes,
  };
}

function sourceAsFrame(gather: Gather): Frame {
  const [height, width] = gather.sourceSize;
  const rowBytes = 4 * width;
  return {
    ...frameAxes(gather),
    height,
    width,
    elementBytes: 4,
    phaseBytes: rowBytes,
    rowBytes,
    indexBytes: rowBytes,
    channelBytes: rowBytes * height,
  };
}
