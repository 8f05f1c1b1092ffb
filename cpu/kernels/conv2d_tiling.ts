/** How a gathering convolution is cut into units of work, and what of it lies in scratch memory. */
import { type Frame, type FrameAxis, frameAxis, type Gather, layFrame } from "./conv2d_geometry.ts";
import type { Guard } from "../wasm/guard.ts";
import { TILE_CHANNELS, UNROLLED_TAPS, WEIGHT_BYTES } from "./conv2d_tile.ts";
import { ScratchParts } from "./scratch_parts.ts";

/** Bytes of frames that a unit works on: a part of the second-level cache. */
const FRAME_BYTES = 262144;

/** The same where a pixel is read for one tap only: less is used again. */
const POINTWISE_FRAME_BYTES = 65536;

/** Bytes of packed weights that a unit works with. */
const WEIGHTS_BYTES = 393216;

/** Pixels of a unit that repay its weights' way through the caches. */
const ENOUGH_PIXELS = 512;

/** Pixels of a unit at most: their sums wait in the cache for the epilogue. */
const MOST_PIXELS = 4096;

/** Units we would like to have, so that a handful of threads get even shares. */
const WANTED_UNITS = 8;

/** The decisions derived from a {@linkcode Gather}. */
export interface GatherTiling {
  readonly imagesPerUnit: number;
  /** Rows of each class; all of them if a unit has several images. */
  readonly rowsPerUnit: number;
  /** Result channels, a multiple of a tile's unless it is all of them. */
  readonly channelsPerUnit: number;
  /** Whether pixels are read from the source itself, which needs no zeros around it. */
  readonly inPlace: boolean;
}

/** Positions of a class: the most of any class. */
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

/** Decides the tiling. */
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

/** The largest part that `limit` allows when all parts are about equal. */
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

/** Does every tap of every result lie in the source, with neighbours side by side? */
function readsInPlace(gather: Gather): boolean {
  const { rows, columns } = frameAxes(gather);
  const [height, width] = classSize(gather);
  const fits = ({ origin, reach }: FrameAxis, size: number, sourceSize: number) =>
    origin >= 0 && origin + size + reach <= sourceSize;
  return gather.sourceStep.every((step) => step === 1) &&
    fits(rows, height, gather.sourceSize[0]) && fits(columns, width, gather.sourceSize[1]) &&
    !hasFarChannels(gather);
}

/** Channels a multiple of 1 KiB apart compete for the same few sets of the first-level cache. */
function hasFarChannels({ sourceSize, sourceChannels }: Gather): boolean {
  return sourceSize[0] * sourceSize[1] % 256 === 0 && sourceChannels > 8;
}

/** Byte offsets in a thread's scratch memory. */
export interface GatherLayout {
  readonly frame: Frame;
  /** For every quad of a unit: byte offsets of its source and of its sums. */
  readonly quads: number;
  /** For every class with many taps: byte offsets of the taps' pixels, then of their weights. */
  readonly taps: readonly (number | undefined)[];
  readonly weights: number;
  readonly frames: number;
  readonly sums: number;
  readonly byteLength: number;
  /** Bytes of the sums of one row of pixels, and of one channel. */
  readonly sumRowBytes: number;
  readonly sumImageBytes: number;
  readonly sumChannelBytes: number;
  /** Bytes from one packed tile of weights to the next. */
  readonly tileBytes: number;
}

/** Lays out the scratch memory of one thread. */
export function layoutGather(
  gather: Gather,
  tiling: GatherTiling,
  guard: Guard | undefined,
): GatherLayout {
  const { imagesPerUnit, rowsPerUnit, channelsPerUnit, inPlace } = tiling;
  const [, width] = classSize(gather);
  const frame = inPlace
    ? sourceAsFrame(gather)
    : layFrame(frameAxes(gather), [rowsPerUnit, width], 4);
  const quads = Math.ceil(width / 4);
  const parts = new ScratchParts(guard);
  const table = parts.take("quads", 8 * quads * rowsPerUnit * imagesPerUnit);
  const taps = gather.classes.map((one) =>
    one.taps.length > UNROLLED_TAPS ? parts.take("taps", 8 * one.taps.length) : undefined
  );
  const tapCount = gather.classes.reduce((sum, one) => sum + one.taps.length, 0);
  const tileBytes = WEIGHT_BYTES * gather.sourceChannels * tapCount;
  const weights = parts.take("weights", tileBytes * Math.ceil(channelsPerUnit / TILE_CHANNELS));
  // Vectors at the end of a row may reach beyond the frame.
  const imageBytes = frame.channelBytes * gather.sourceChannels;
  const frames = parts.take("frames", inPlace ? 0 : imageBytes * imagesPerUnit + 16);
  const sumRowBytes = 16 * quads * gather.resultStep[1];
  const sumImageBytes = sumRowBytes * rowsPerUnit * gather.resultStep[0];
  const sumChannelBytes = sumImageBytes * imagesPerUnit;
  const sums = parts.take("sums", sumChannelBytes * TILE_CHANNELS + 16);
  return {
    frame,
    quads: table,
    taps,
    weights,
    frames,
    sums,
    byteLength: parts.byteLength,
    sumRowBytes,
    sumImageBytes,
    sumChannelBytes,
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
