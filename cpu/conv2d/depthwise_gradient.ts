/**
 * Emits the gradient of a depthwise convolution's weight, where each output channel depends on one
 * input channel. Lanes are adjacent pixels: nothing is broadcast, and each tap has a vector of
 * sums whose lanes are added at the end.
 */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { Workload } from "../compiled_kernel.ts";
import type { UnitParams } from "../loops/epilogue.ts";
import { ScratchParts } from "../scratch_parts.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import { emitMultiplyAdd } from "../wasm/vector_idioms.ts";
import { type BlockSize, blockSize, emitPixelBlocks, panelFrame } from "./blocks.ts";
import type { Conv2dOptions } from "./epilogue.ts";
import { emitFrameCopy } from "./frame.ts";
import { type Frame, tapOffset } from "./frame_layout.ts";
import { forwardGather } from "./geometry.ts";

/** Number of taps whose sums are kept in registers together. */
const TAPS_PER_RUN = 9;

/** Most taps. More would generate too much code. */
const MOST_TAPS = 128;

/** Whether this emitter supports the convolution. */
export function isDepthwise({ c, groups, kernelHeight, kernelWidth }: Conv2dSizes): boolean {
  return c === groups && kernelHeight * kernelWidth <= MOST_TAPS;
}

/** The weight gradient of a depthwise convolution with all decisions made. */
interface DepthwisePlan extends Workload, BlockSize {
  readonly sizes: Conv2dSizes;
  readonly frame: Frame;
  /** Byte offset in scratch memory of vectors of sums, [output channel][tap]; finally the sums. */
  readonly sums: number;
}

/** Plans a weight gradient. A unit is one input channel. */
export function planDepthwiseGradient(
  sizes: Conv2dSizes,
  guard: Guard | undefined,
): DepthwisePlan {
  const block = blockSize(sizes, 1);
  const frame = panelFrame(sizes, block.linesPerBlock, 1);
  const taps = sizes.kernelHeight * sizes.kernelWidth;
  const parts = new ScratchParts(guard);
  // Vectors at the end of a row may extend past the frame.
  parts.take("frames", frame.channelBytes * block.imagesPerBlock + 16);
  const sums = parts.take("sums", 16 * (sizes.o / sizes.groups * taps + 1));
  return {
    sizes,
    frame,
    sums,
    ...block,
    unitCount: sizes.groups,
    unitsPerPack: 1,
    scratchByteLength: parts.byteLength,
  };
}

/** Local variables of the loops. */
type Locals = ReturnType<typeof declareLocals>;

function declareLocals(f: FunctionBuilder) {
  const local = () => f.local("i32");
  return {
    unit: local(),
    firstImage: local(),
    imageCount: local(),
    firstLine: local(),
    lineCount: local(),
    sums: local(),
    /** Addresses of the current pixels, and the gaps between images. */
    gradient: local(),
    pixel: local(),
    gradientGap: local(),
    pixelGap: local(),
    vectors: f.locals("v128", TAPS_PER_RUN),
  };
}

/** Emits the body of a function that computes a range of units. */
export class DepthwiseGradientEmitter {
  readonly #f: FunctionBuilder;
  readonly #plan: DepthwisePlan;
  readonly #options: Conv2dOptions;
  readonly #params: UnitParams;
  readonly #at: Locals;
  readonly #outputs: number;
  readonly #taps: readonly number[];

  constructor(
    f: FunctionBuilder,
    plan: DepthwisePlan,
    options: Conv2dOptions,
    params: UnitParams,
  ) {
    const { sizes, frame } = plan;
    this.#f = f;
    this.#plan = plan;
    this.#options = options;
    this.#params = params;
    this.#at = declareLocals(f);
    this.#outputs = sizes.o / sizes.groups;
    const [one] = forwardGather(sizes).classes;
    this.#taps = one!.taps.map((tap) => tapOffset(frame, tap));
  }

  /** Emits the loop over units. */
  emit(): void {
    const f = this.#f;
    const { scratch, unitFrom, unitTo } = this.#params;
    f.get(scratch).i32(this.#plan.sums).op("i32.add").set(this.#at.sums);
    f.for(this.#at.unit, unitFrom, unitTo, 1, () => {
      f.get(this.#at.sums).i32(0).i32(16 * this.#outputs * this.#taps.length).memoryFill();
      emitPixelBlocks(f, this.#plan, this.#at, {
        copy: () => this.#emitCopy(),
        run: () => this.#emitRuns(),
      });
      this.#emitLaneSums();
      this.#emitEpilogue();
    });
  }

  #emitCopy(): void {
    const f = this.#f;
    const { c, h, w } = this.#plan.sizes;
    const source = f.local("i32");
    f.get(this.#at.firstImage).i32(c).op("i32.mul").get(this.#at.unit).op("i32.add");
    f.i32(4 * h * w).op("i32.mul").get(this.#params.a).op("i32.add").set(source);
    emitFrameCopy(f, this.#plan.frame, {
      source,
      target: this.#params.scratch,
      images: this.#at.imageCount,
      channels: 1,
      firstIndex: this.#at.firstLine,
      sourceSize: [h, w],
      imageBytes: 4 * c * h * w,
    });
  }

  /** Emits the sums for each output channel of the group and each group of taps. */
  #emitRuns(): void {
    const f = this.#f;
    const [output, target, start] = f.locals("i32", 3);
    const { o, outHeight, outWidth } = this.#plan.sizes;
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
      f.advance(target, 16 * this.#taps.length);
    });
  }

  #emitRun(taps: readonly number[]): void {
    const f = this.#f;
    const { gradient, pixel, gradientGap, pixelGap, imageCount, lineCount, vectors } = this.#at;
    const { outWidth } = this.#plan.sizes;
    const [image, line, quad] = f.locals("i32", 3);
    const rest = outWidth % 4;
    taps.forEach((_, i) => void f.i32x4(0).set(vectors[i]!));
    f.for(image, 0, imageCount, 1, () => {
      f.for(line, 0, lineCount, 1, () => {
        f.for(quad, 0, Math.floor(outWidth / 4), 1, () => this.#emitQuad(taps, 4));
        if (rest > 0) this.#emitQuad(taps, rest);
        f.advance(pixel, this.#plan.frame.indexBytes - 4 * outWidth);
      });
      f.advance(gradient, gradientGap);
      f.advance(pixel, pixelGap);
    });
  }

  /** Emits up to four pixels of a row. Data past the end of the row is masked. */
  #emitQuad(taps: readonly number[], count: number): void {
    const f = this.#f;
    const { gradient, pixel, vectors } = this.#at;
    const [a, b] = f.locals("v128", 2);
    const load = (address: Local, offset: number, vector: Local): void => {
      f.get(address).memory("v128.load", offset);
      const lane = (i: number) => i < count ? -1 : 0;
      if (count < 4) f.i32x4(lane(0), lane(1), lane(2), lane(3)).op("v128.and");
      f.set(vector);
    };
    load(gradient, 0, a);
    taps.forEach((offset, i) => {
      load(pixel, offset, b);
      emitMultiplyAdd(f, this.#options.relaxed, { sum: vectors[i]!, a, b });
    });
    f.advance(gradient, 4 * count);
    f.advance(pixel, 4 * count);
  }

  /**
   * Replaces vectors by the sums of their lanes, in place: a sum never overwrites an unread vector.
   */
  #emitLaneSums(): void {
    const f = this.#f;
    const [from, to, i] = f.locals("i32", 3);
    f.get(this.#at.sums).set(from).get(this.#at.sums).set(to);
    f.for(i, 0, this.#outputs * this.#taps.length, 1, () => {
      f.get(to);
      for (let lane = 0; lane < 4; lane++) {
        f.get(from).memory("f32.load", 4 * lane);
        if (lane > 0) f.op("f32.add");
      }
      f.memory("f32.store");
      f.advance(from, 16);
      f.advance(to, 4);
    });
  }

  #emitEpilogue(): void {
    const f = this.#f;
    const { kernelHeight, kernelWidth } = this.#plan.sizes;
    const [row, rowEnd] = f.locals("i32", 2);
    const tapBytes = 4 * this.#taps.length;
    f.get(this.#at.unit).i32(this.#outputs).op("i32.mul").tee(row);
    f.i32(this.#outputs).op("i32.add").set(rowEnd);
    this.#options.epilogue.emit(f, {
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
