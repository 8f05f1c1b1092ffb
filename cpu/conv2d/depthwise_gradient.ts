/**
 * Emits the gradient of a depthwise convolution's weight, where each output channel depends on one
 * input channel. Lanes are adjacent pixels: nothing is broadcast, and each tap has a vector of
 * sums whose lanes are added at the end.
 */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import { emitBlockSize } from "./blocks.ts";
import type { Conv2dEpilogue, Conv2dParams, EmittedConv2d } from "./finished.ts";
import { emitFrameCopy } from "./frame.ts";
import { forwardGather, type Frame, tapOffset } from "./geometry.ts";
import { emitMultiplyAdd } from "./tile.ts";
import { blockSize, panelFrame } from "./weight_tiling.ts";
import { advance } from "../matmul/pack.ts";
import { ScratchParts } from "../scratch_parts.ts";

/** Number of taps whose sums are kept in registers together. */
const TAPS_PER_RUN = 9;

/** Most taps. More would generate too much code. */
const MOST_TAPS = 128;

/** Options for generating the weight gradient of a depthwise convolution. */
export interface DepthwiseGradientOptions {
  readonly sizes: Conv2dSizes;
  readonly relaxed: boolean;
  readonly epilogue: Conv2dEpilogue;
}

/** Whether this emitter supports the convolution. */
export function isDepthwise({ c, groups, kernelHeight, kernelWidth }: Conv2dSizes): boolean {
  return c === groups && kernelHeight * kernelWidth <= MOST_TAPS;
}

/** The number of units and their scratch memory. A unit is one input channel. */
export function planDepthwiseGradient({ sizes }: { sizes: Conv2dSizes }): EmittedConv2d {
  const { byteLength } = layout(sizes, undefined);
  return { unitCount: sizes.groups, unitsPerPack: 1, scratchByteLength: byteLength };
}

/** Byte offsets in a thread's scratch memory. */
interface Layout {
  readonly frame: Frame;
  /** Vectors of sums, [output channel][tap]; finally the sums themselves. */
  readonly sums: number;
  readonly byteLength: number;
  readonly imagesPerBlock: number;
  readonly linesPerBlock: number;
}

function layout(sizes: Conv2dSizes, guard: Guard | undefined): Layout {
  const block = blockSize(sizes, 1);
  const frame = panelFrame(sizes, block.linesPerBlock, 1);
  const taps = sizes.kernelHeight * sizes.kernelWidth;
  const parts = new ScratchParts(guard);
  // Vectors at the end of a row may extend past the frame.
  parts.take("frames", frame.channelBytes * block.imagesPerBlock + 16);
  const sums = parts.take("sums", 16 * (sizes.o / sizes.groups * taps + 1));
  return { frame, sums, byteLength: parts.byteLength, ...block };
}

/** Emits the body of a function that computes a range of units. */
export function emitDepthwiseGradient(
  f: FunctionBuilder,
  options: DepthwiseGradientOptions,
  params: Conv2dParams,
): void {
  new DepthwiseGradientEmitter(f, options, params).emit();
}

/** Local variables of the loops. */
interface Locals {
  readonly unit: Local;
  readonly firstImage: Local;
  readonly imageCount: Local;
  readonly firstLine: Local;
  readonly lineCount: Local;
  readonly sums: Local;
  /** Addresses of the current pixels, and the gaps between images. */
  readonly gradient: Local;
  readonly pixel: Local;
  readonly gradientGap: Local;
  readonly pixelGap: Local;
  readonly vectors: readonly Local[];
}

class DepthwiseGradientEmitter {
  readonly #f: FunctionBuilder;
  readonly #sizes: Conv2dSizes;
  readonly #relaxed: boolean;
  readonly #epilogue: Conv2dEpilogue;
  readonly #params: Conv2dParams;
  readonly #layout: Layout;
  readonly #at: Locals;
  readonly #outputs: number;
  readonly #taps: readonly number[];

  constructor(f: FunctionBuilder, options: DepthwiseGradientOptions, params: Conv2dParams) {
    const { sizes, relaxed, epilogue } = options;
    this.#f = f;
    this.#sizes = sizes;
    this.#relaxed = relaxed;
    this.#epilogue = epilogue;
    this.#params = params;
    this.#layout = layout(sizes, f.guard);
    this.#at = declareLocals(f);
    this.#outputs = sizes.o / sizes.groups;
    const [one] = forwardGather(sizes).classes;
    this.#taps = one!.taps.map((tap) => tapOffset(this.#layout.frame, tap));
  }

  emit(): void {
    const f = this.#f;
    const { scratch, unitFrom, unitTo } = this.#params;
    f.get(scratch).i32(this.#layout.sums).op("i32.add").set(this.#at.sums);
    f.for(this.#at.unit, unitFrom, unitTo, 1, () => {
      f.get(this.#at.sums).i32(0).i32(16 * this.#outputs * this.#taps.length).memoryFill();
      this.#emitBlocks();
      this.#emitLaneSums();
      this.#emitEpilogue();
    });
  }

  #emitBlocks(): void {
    const f = this.#f;
    const { firstImage, imageCount, firstLine, lineCount } = this.#at;
    const { n, outHeight } = this.#sizes;
    const { imagesPerBlock, linesPerBlock } = this.#layout;
    f.for(firstImage, 0, n, imagesPerBlock, () => {
      emitBlockSize(f, { first: firstImage, step: imagesPerBlock, total: n }, imageCount);
      f.for(firstLine, 0, outHeight, linesPerBlock, () => {
        emitBlockSize(f, { first: firstLine, step: linesPerBlock, total: outHeight }, lineCount);
        this.#emitCopy();
        this.#emitGaps();
        this.#emitRuns();
      });
    });
  }

  #emitCopy(): void {
    const f = this.#f;
    const { c, h, w } = this.#sizes;
    const source = f.local("i32");
    f.get(this.#at.firstImage).i32(c).op("i32.mul").get(this.#at.unit).op("i32.add");
    f.i32(4 * h * w).op("i32.mul").get(this.#params.a).op("i32.add").set(source);
    emitFrameCopy(f, this.#layout.frame, {
      source,
      target: this.#params.scratch,
      images: this.#at.imageCount,
      channels: 1,
      firstIndex: this.#at.firstLine,
      sourceSize: [h, w],
      imageBytes: 4 * c * h * w,
    });
  }

  #emitGaps(): void {
    const f = this.#f;
    const { o, outHeight, outWidth } = this.#sizes;
    const { channelBytes, indexBytes } = this.#layout.frame;
    const { lineCount, gradientGap, pixelGap } = this.#at;
    f.i32(4 * o * outHeight * outWidth).get(lineCount).i32(4 * outWidth).op("i32.mul", "i32.sub");
    f.set(gradientGap);
    f.i32(channelBytes).get(lineCount).i32(indexBytes).op("i32.mul", "i32.sub").set(pixelGap);
  }

  /** Emits the sums for each output channel of the group and each group of taps. */
  #emitRuns(): void {
    const f = this.#f;
    const [output, target, start] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const { o, outHeight, outWidth } = this.#sizes;
    const { unit, firstImage, firstLine, gradient, pixel, sums } = this.#at;
    f.get(sums).set(target);
    f.for(output, 0, this.#outputs, 1, () => {
      f.get(firstImage).i32(o).op("i32.mul").get(unit).i32(this.#outputs).op("i32.mul");
      f.op("i32.add").get(output).op("i32.add").i32(outHeight).op("i32.mul");
      f.get(firstLine).op("i32.add").i32(4 * outWidth).op("i32.mul");
      f.get(this.#params.b).op("i32.add").set(start);
      for (let first = 0; first < this.#taps.length; first += TAPS_PER_RUN) {
        const taps = this.#taps.slice(first, first + TAPS_PER_RUN);
        f.get(start).set(gradient).get(this.#params.scratch).set(pixel);
        this.#emitRun(taps);
        taps.forEach((_, i) => {
          const offset = 16 * (first + i);
          f.get(target, target).memory("v128.load", offset).get(this.#at.vectors[i]!);
          f.op("f32x4.add").memory("v128.store", offset);
        });
      }
      advance(f, target, 16 * this.#taps.length);
    });
  }

  #emitRun(taps: readonly number[]): void {
    const f = this.#f;
    const { gradient, pixel, gradientGap, pixelGap, imageCount, lineCount, vectors } = this.#at;
    const { outWidth } = this.#sizes;
    const [image, line, quad] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const rest = outWidth % 4;
    taps.forEach((_, i) => void f.i32x4(0).set(vectors[i]!));
    f.for(image, 0, imageCount, 1, () => {
      f.for(line, 0, lineCount, 1, () => {
        f.for(quad, 0, Math.floor(outWidth / 4), 1, () => this.#emitQuad(taps, 4));
        if (rest > 0) this.#emitQuad(taps, rest);
        advance(f, pixel, this.#layout.frame.indexBytes - 4 * outWidth);
      });
      f.get(gradient, gradientGap).op("i32.add").set(gradient);
      f.get(pixel, pixelGap).op("i32.add").set(pixel);
    });
  }

  /** Emits up to four pixels of a row. Data past the end of the row is masked. */
  #emitQuad(taps: readonly number[], count: number): void {
    const f = this.#f;
    const { gradient, pixel, vectors } = this.#at;
    const [a, b] = [f.local("v128"), f.local("v128")];
    const load = (address: Local, offset: number, vector: Local): void => {
      f.get(address).memory("v128.load", offset);
      const lane = (i: number) => i < count ? -1 : 0;
      if (count < 4) f.i32x4(lane(0), lane(1), lane(2), lane(3)).op("v128.and");
      f.set(vector);
    };
    load(gradient, 0, a);
    taps.forEach((offset, i) => {
      load(pixel, offset, b);
      emitMultiplyAdd(f, this.#relaxed, { sum: vectors[i]!, a, b });
    });
    advance(f, gradient, 4 * count);
    advance(f, pixel, 4 * count);
  }

  /**
   * Replaces vectors by the sums of their lanes, in place: a sum never overwrites an unread vector.
   */
  #emitLaneSums(): void {
    const f = this.#f;
    const [from, to, i] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.get(this.#at.sums).set(from).get(this.#at.sums).set(to);
    f.for(i, 0, this.#outputs * this.#taps.length, 1, () => {
      f.get(to);
      for (let lane = 0; lane < 4; lane++) {
        f.get(from).memory("f32.load", 4 * lane);
        if (lane > 0) f.op("f32.add");
      }
      f.memory("f32.store");
      advance(f, from, 16);
      advance(f, to, 4);
    });
  }

  #emitEpilogue(): void {
    const f = this.#f;
    const { kernelHeight, kernelWidth } = this.#sizes;
    const [row, rowEnd] = [f.local("i32"), f.local("i32")];
    const tapBytes = 4 * this.#taps.length;
    f.get(this.#at.unit).i32(this.#outputs).op("i32.mul").tee(row);
    f.i32(this.#outputs).op("i32.add").set(rowEnd);
    this.#epilogue.emit(f, {
      sums: this.#at.sums,
      ranges: [
        { from: row, to: rowEnd, sumBytes: tapBytes },
        { from: 0, to: 1, sumBytes: tapBytes },
        { from: 0, to: kernelHeight, sumBytes: 4 * kernelWidth },
        { from: 0, to: kernelWidth, sumBytes: 4 },
      ],
      order: [0, 1, 2],
      params: this.#params.extra,
    });
  }
}

function declareLocals(f: FunctionBuilder): Locals {
  const local = () => f.local("i32");
  return {
    unit: local(),
    firstImage: local(),
    imageCount: local(),
    firstLine: local(),
    lineCount: local(),
    sums: local(),
    gradient: local(),
    pixel: local(),
    gradientGap: local(),
    pixelGap: local(),
    vectors: Array.from({ length: TAPS_PER_RUN }, () => f.local("v128")),
  };
}
