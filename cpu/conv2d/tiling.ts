/** The tiling of a gathering convolution into units of work, and the layout of scratch memory. */
import { type Frame, frameAxes, type FrameAxis, layFrame, layPlanarFrame } from "./frame_layout.ts";
import { classSize, type Gather } from "./geometry.ts";
import { chooseNativeBlock, type NativeBlock } from "./native_block.ts";
import type { Lanes } from "../native/registers.ts";
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
  /** The tile of native code; `undefined` in WebAssembly. */
  readonly native: NativeBlock | undefined;
}

/** Chooses the tiling, for native code with the given number of lanes if there is one. */
export function tileGather(gather: Gather, lanes?: Lanes): GatherTiling {
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
  const native = lanes && chooseNativeBlock(gather, lanes, { images, rows });
  const channels = channelsPerUnit(gather, units(), native?.channels ?? TILE_CHANNELS);
  const blocks = Math.ceil(gather.resultChannels / channels);
  if (images === 1 && units() * blocks < WANTED_UNITS && rows * width > ENOUGH_PIXELS) {
    const share = Math.ceil(rows * units() * blocks / WANTED_UNITS);
    rows = evenPart(height, Math.max(Math.ceil(ENOUGH_PIXELS / width), share));
  }
  return {
    imagesPerUnit: images,
    rowsPerUnit: rows,
    channelsPerUnit: channels,
    inPlace: !native && readsInPlace(gather),
    native,
  };
}

/** The size of a part if `total` is split into the fewest roughly equal parts within `limit`. */
function evenPart(total: number, limit: number): number {
  return Math.ceil(total / Math.ceil(total / limit));
}

function channelsPerUnit(
  { resultChannels, sourceChannels, classes }: Gather,
  units: number,
  multiple: number,
): number {
  const taps = classes.reduce((sum, one) => sum + one.taps.length, 0);
  const cached = Math.floor(WEIGHTS_BYTES / (4 * sourceChannels * taps));
  const shared = Math.ceil(resultChannels * units / WANTED_UNITS);
  const channels = Math.min(cached, Math.max(shared, 2 * TILE_CHANNELS));
  if (channels >= resultChannels) return resultChannels;
  const rounded = Math.max(multiple, channels - channels % multiple);
  if (rounded >= resultChannels) return resultChannels;
  const blocks = Math.ceil(resultChannels / rounded);
  return multiple * Math.ceil(resultChannels / blocks / multiple);
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
  const { imagesPerUnit, rowsPerUnit, channelsPerUnit, inPlace, native } = tiling;
  const { classes, sourceChannels } = gather;
  const frame = frameOf(gather, tiling);
  const quadsPerRow = Math.ceil(classSize(gather)[1] / 4);
  const tapCount = classes.reduce((sum, { taps }) => sum + taps.length, 0);
  const tileBytes = WEIGHT_BYTES * sourceChannels * tapCount;
  // Vectors at the end of a row, or native tiles at the end of a run, may extend past the frame.
  const past = native ? nativeTileBytes(native) : 16;
  const frameBytes = inPlace ? 0 : frame.channelBytes * sourceChannels * imagesPerUnit + past;
  const parts = new ScratchParts(guard, native ? 4 * native.lanes : 16);
  return {
    frame,
    /** The byte offsets of each quad's source and sums. */
    quads: parts.take("quads", native ? 0 : 8 * quadsPerRow * rowsPerUnit * imagesPerUnit),
    /** For each class with many taps, the byte offsets of the taps' pixels, then of their weights. */
    taps: classes.map(({ taps }) =>
      taps.length > UNROLLED_TAPS ? parts.take("taps", 8 * taps.length) : undefined
    ),
    weights: parts.take("weights", tileBytes * Math.ceil(channelsPerUnit / TILE_CHANNELS)),
    frames: parts.take("frames", frameBytes),
    ...layoutSums(gather, tiling, { frame, parts }),
    byteLength: parts.byteLength,
    /** Bytes between adjacent packed tiles of weights. */
    tileBytes,
  };
}

function frameOf(gather: Gather, { rowsPerUnit, inPlace, native }: GatherTiling): Frame {
  const size = [rowsPerUnit, classSize(gather)[1]] as const;
  if (native) return layPlanarFrame(frameAxes(gather, native.dense), size);
  return inPlace ? sourceAsFrame(gather) : layFrame(frameAxes(gather), size, 4);
}

/** Bytes of the positions of a native tile. */
function nativeTileBytes({ lanes, vectors }: NativeBlock): number {
  return 4 * lanes * vectors;
}

/** Lays out the sums of a tile of channels. */
function layoutSums(
  gather: Gather,
  { imagesPerUnit, rowsPerUnit, native }: GatherTiling,
  { frame, parts }: { frame: Frame; parts: ScratchParts },
) {
  const { resultStep, classes } = gather;
  const [, width] = classSize(gather);
  const channels = native?.channels ?? TILE_CHANNELS;
  const take = (sumRowBytes: number, sumImageBytes: number) => ({
    /** Bytes of the sums of a row of pixels, an image, and a channel. */
    sumRowBytes,
    sumImageBytes,
    sumChannelBytes: sumImageBytes * imagesPerUnit,
    sums: parts.take("sums", sumImageBytes * imagesPerUnit * channels + 16),
  });
  const rowBytes = 16 * Math.ceil(width / 4) * resultStep[1];
  const imageBytes = rowBytes * rowsPerUnit * resultStep[0];
  if (!native) return { ...take(rowBytes, imageBytes), runs: undefined };
  const tileBytes = nativeTileBytes(native);
  const positionBytes = frame.indexBytes * (rowsPerUnit - 1) + 4 * width;
  const runBytes = tileBytes * Math.ceil(positionBytes / tileBytes);
  const channelBytes = runBytes * imagesPerUnit;
  const run = { imageBytes: runBytes, channelBytes, classBytes: channelBytes * channels };
  if (classes.length === 1 && resultStep.every((step) => step === 1)) {
    const sums = take(frame.indexBytes, runBytes);
    return { ...sums, runs: { ...run, offset: sums.sums } };
  }
  const offset = parts.take("runs", run.classBytes * classes.length);
  return { ...take(rowBytes, imageBytes), runs: { ...run, offset } };
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
