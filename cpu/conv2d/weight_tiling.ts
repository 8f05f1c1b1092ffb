/** The tiling of a weight gradient into units of work, and the layout of scratch memory. */
import type { Lanes } from "../native/registers.ts";
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { Guard } from "../wasm/guard.ts";
import { type BlockSize, blockSize, panelFrame } from "./blocks.ts";
import { tapOffset } from "./frame_layout.ts";
import { forwardGather, type ResultClass } from "./geometry.ts";
import { ScratchParts } from "../scratch_parts.ts";
import { vectorsOfTaps } from "./tap_vectors.ts";

/** Target number of units, so that a few threads get equal shares. */
const WANTED_UNITS = 8;

/** Fewest and most output channels per unit. Each unit makes its own copy of the panel. */
const FEWEST_ROWS = 8;
const MOST_ROWS = 128;

/** The decisions derived from the sizes of a convolution. */
export interface WeightGradientTiling extends BlockSize {
  /** Number of panels per group, and of input channels per panel. */
  readonly panels: number;
  readonly lanes: Lanes;
  /** Lanes of the vectors of native tiles; `undefined` in WebAssembly. */
  readonly native: Lanes | undefined;
  /** Number of blocks of output channels per group, and of output channels per block. */
  readonly blocks: number;
  readonly rowsPerUnit: number;
  /** Number of output channels whose sums are kept in registers together. */
  readonly rowsPerRun: number;
}

/**
 * Chooses the tiling, for native code with the given number of lanes if there is one. Results depend
 * on the blocks of pixels and on the rows of a run, so these are the same as in WebAssembly.
 */
export function tileWeightGradient(sizes: Conv2dSizes, native?: Lanes): WeightGradientTiling {
  const [inputs, outputs] = [sizes.c / sizes.groups, sizes.o / sizes.groups];
  const wasmLanes = inputs <= 4 ? 4 : 8;
  const lanes = inputs > 4 && native || wasmLanes;
  const panels = Math.ceil(inputs / lanes);
  const rowsPerRun = Math.min(32 / wasmLanes, outputs);
  const wanted = Math.min(
    Math.ceil(WANTED_UNITS / (sizes.groups * panels)),
    Math.ceil(outputs / FEWEST_ROWS),
  );
  const share = Math.ceil(outputs / Math.max(wanted, Math.ceil(outputs / MOST_ROWS)));
  const rowsPerUnit = rowsPerRun * Math.ceil(share / rowsPerRun);
  return {
    panels,
    lanes,
    native,
    blocks: Math.ceil(outputs / rowsPerUnit),
    rowsPerUnit,
    rowsPerRun,
    ...blockSize(sizes, wasmLanes),
  };
}

/** The layout of one thread's scratch memory, in byte offsets. */
export type WeightGradientLayout = ReturnType<typeof layoutWeightGradient>;

/** Computes {@linkcode WeightGradientLayout}. */
export function layoutWeightGradient(
  sizes: Conv2dSizes,
  { lanes, native, rowsPerUnit, imagesPerBlock, linesPerBlock }: WeightGradientTiling,
  guard: Guard | undefined,
) {
  const frame = panelFrame(sizes, linesPerBlock, lanes);
  const tapCount = sizes.kernelHeight * sizes.kernelWidth;
  const vectorBytes = 4 * (native ?? lanes);
  const parts = new ScratchParts(guard, native ? vectorBytes : 16);
  const [{ taps }] = forwardGather(sizes).classes as [ResultClass];
  const tapVectors = vectorsOfTaps(taps.map((tap) => tapOffset(frame, tap)), {
    pixelBytes: frame.elementBytes,
    vectorBytes,
  });
  const sumBytes = vectorBytes * rowsPerUnit * tapVectors.offsets.length;
  return {
    frame,
    tapVectors,
    /** The byte offset of each tap in a frame. */
    taps: parts.take("taps", 4 * tapCount),
    // A vector of several taps may extend past the frame.
    frames: parts.take("frames", frame.channelBytes * imagesPerBlock + vectorBytes - 4 * lanes),
    /** Partial sums: [vector of taps][output channel][lane]. */
    sums: parts.take("sums", sumBytes),
    sumBytes,
    /** Finished sums in the weight's order: [output channel][lane][tap]. */
    sorted: parts.take("sorted sums", 4 * lanes * rowsPerUnit * tapCount + 16),
    byteLength: parts.byteLength,
  };
}
