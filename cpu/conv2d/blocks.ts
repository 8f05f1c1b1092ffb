/** Splits axes into blocks. The last block of an axis may be smaller. */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { type Frame, frameAxes, layFrame } from "./frame_layout.ts";
import { forwardGather } from "./geometry.ts";

/** Sets `count` to the size of the block that starts at `first`. */
export function emitBlockSize(
  f: FunctionBuilder,
  { first, step, total }: { first: Local; step: number; total: number },
  count: Local,
): void {
  f.i32(total).get(first).op("i32.sub").setAtMost(count, step);
}

/** Most bytes of frames per block of pixels: half of the L1 cache. */
const FRAME_BYTES = 16384;

/** Most pixels per block. After each block, its sums are added to those of the unit. */
const MOST_PIXELS = 512;

/** The size of the blocks of pixels over which a weight gradient sums. */
export interface BlockSize {
  /** Number of images and of result rows per block. */
  readonly imagesPerBlock: number;
  readonly linesPerBlock: number;
}

/** The largest blocks whose pixels, with `lanes` interleaved channels, fit in the cache. */
export function blockSize(sizes: Conv2dSizes, lanes: number): BlockSize {
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

/** The frame of one image for `lines` result rows. Its single channel is a panel. */
export function panelFrame(sizes: Conv2dSizes, lines: number, lanes: number): Frame {
  return layFrame(frameAxes(forwardGather(sizes)), [lines, sizes.outWidth], 4 * lanes);
}

/** Locals of the current block. */
interface BlockLocals {
  readonly firstImage: Local;
  readonly imageCount: Local;
  readonly firstLine: Local;
  readonly lineCount: Local;
  /** Bytes from the end of one image's rows to the start of the next one's. */
  readonly gradientGap: Local;
  readonly pixelGap: Local;
}

/** Emits the loops over blocks. `copy` fills a block's frames, and `run` sums over it. */
export function emitPixelBlocks(
  f: FunctionBuilder,
  { sizes, imagesPerBlock, linesPerBlock, frame }: BlockSize & {
    readonly sizes: Conv2dSizes;
    readonly frame: Frame;
  },
  at: BlockLocals,
  { copy, run }: { copy: () => void; run: () => void },
): void {
  const { n, o, outHeight, outWidth } = sizes;
  const { firstImage, firstLine, lineCount } = at;
  f.for(firstImage, 0, n, imagesPerBlock, () => {
    emitBlockSize(f, { first: firstImage, step: imagesPerBlock, total: n }, at.imageCount);
    f.for(firstLine, 0, outHeight, linesPerBlock, () => {
      emitBlockSize(f, { first: firstLine, step: linesPerBlock, total: outHeight }, lineCount);
      copy();
      f.i32(4 * o * outHeight * outWidth).get(lineCount).i32(4 * outWidth);
      f.op("i32.mul", "i32.sub").set(at.gradientGap);
      f.i32(frame.channelBytes).get(lineCount).i32(frame.indexBytes);
      f.op("i32.mul", "i32.sub").set(at.pixelGap);
      run();
    });
  });
}
