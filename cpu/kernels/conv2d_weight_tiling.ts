/** How a weight gradient is cut into units of work, and what of it lies in scratch memory. */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { Guard } from "../wasm/guard.ts";
import { forwardGather, type Frame, layFrame } from "./conv2d_geometry.ts";
import { frameAxes } from "./conv2d_tiling.ts";
import { ScratchParts } from "./scratch_parts.ts";

/** Bytes of frames of one block: half of the first-level cache. */
const FRAME_BYTES = 16384;

/** Pixels of one run, after which sums are put aside. */
const MOST_PIXELS = 512;

/** Units we would like to have, so that a handful of threads get even shares. */
const WANTED_UNITS = 8;

/** Fewest and most output channels of a unit; each unit copies its panel anew. */
const FEWEST_ROWS = 8;
const MOST_ROWS = 128;

/** The decisions derived from the sizes of a convolution. */
export interface WeightGradientTiling {
  /** Panels of input channels in a group, and input channels in a panel: 4 or 8. */
  readonly panels: number;
  readonly lanes: 4 | 8;
  /** Blocks of output channels in a group, and output channels in a block. */
  readonly blocks: number;
  readonly rowsPerUnit: number;
  /** Output channels whose sums are in registers together. */
  readonly rowsPerRun: number;
  /** Images and rows of the result that are worked on at once. */
  readonly imagesPerBlock: number;
  readonly linesPerBlock: number;
}

/** Decides the tiling. */
export function tileWeightGradient(sizes: Conv2dSizes): WeightGradientTiling {
  const [inputs, outputs] = [sizes.c / sizes.groups, sizes.o / sizes.groups];
  const lanes = inputs <= 4 ? 4 : 8;
  const panels = Math.ceil(inputs / lanes);
  const rowsPerRun = Math.min(32 / lanes, outputs);
  const wanted = Math.min(
    Math.ceil(WANTED_UNITS / (sizes.groups * panels)),
    Math.ceil(outputs / FEWEST_ROWS),
  );
  const share = Math.ceil(outputs / Math.max(wanted, Math.ceil(outputs / MOST_ROWS)));
  const rowsPerUnit = rowsPerRun * Math.ceil(share / rowsPerRun);
  return {
    panels,
    lanes,
    blocks: Math.ceil(outputs / rowsPerUnit),
    rowsPerUnit,
    rowsPerRun,
    ...blockSize(sizes, lanes),
  };
}

/** Images and rows of the result whose pixels, `lanes` channels side by side, fit the cache. */
export function blockSize(
  sizes: Conv2dSizes,
  lanes: number,
): { imagesPerBlock: number; linesPerBlock: number } {
  const { n, outHeight, outWidth } = sizes;
  const bytesOf = (lines: number) => panelFrame(sizes, lines, lanes).channelBytes;
  const fits = (lines: number) => lines * outWidth <= MOST_PIXELS && bytesOf(lines) <= FRAME_BYTES;
  if (fits(outHeight)) {
    const images = Math.floor(
      Math.min(FRAME_BYTES / bytesOf(outHeight), MOST_PIXELS / (outHeight * outWidth)),
    );
    return { imagesPerBlock: Math.min(n, images), linesPerBlock: outHeight };
  }
  let blocks = 2;
  while (blocks < outHeight && !fits(Math.ceil(outHeight / blocks))) blocks++;
  return { imagesPerBlock: 1, linesPerBlock: Math.ceil(outHeight / blocks) };
}

/** The frame of one image for `lines` rows of the result: its one channel is a panel. */
export function panelFrame(sizes: Conv2dSizes, lines: number, lanes: number): Frame {
  return layFrame(frameAxes(forwardGather(sizes)), [lines, sizes.outWidth], 4 * lanes);
}

/** Byte offsets in a thread's scratch memory. */
export interface WeightGradientLayout {
  readonly frame: Frame;
  /** The byte offset of each tap in a frame. */
  readonly taps: number;
  readonly frames: number;
  /** Sums while they grow: [tap][output channel][lane]. */
  readonly sums: number;
  /** Sums as the weight lies: [output channel][lane][tap]. */
  readonly sorted: number;
  readonly byteLength: number;
}

/** Lays out the scratch memory of one thread. */
export function layoutWeightGradient(
  sizes: Conv2dSizes,
  { lanes, rowsPerUnit, imagesPerBlock, linesPerBlock }: WeightGradientTiling,
  guard: Guard | undefined,
): WeightGradientLayout {
  const frame = panelFrame(sizes, linesPerBlock, lanes);
  const tapCount = sizes.kernelHeight * sizes.kernelWidth;
  const parts = new ScratchParts(guard);
  const sumBytes = 4 * lanes * rowsPerUnit * tapCount;
  return {
    frame,
    taps: parts.take("taps", 4 * tapCount),
    frames: parts.take("frames", frame.channelBytes * imagesPerBlock),
    sums: parts.take("sums", sumBytes),
    sorted: parts.take("sorted sums", sumBytes + 16),
    byteLength: parts.byteLength,
  };
}
