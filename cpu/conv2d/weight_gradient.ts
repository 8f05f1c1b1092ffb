/**
 * Emits the gradient of a convolution's weight: for each pair of channels and each tap, a
 * sum over the pixels of all images.
 *
 * It is a matrix product whose inner dimension is pixels. The left operand is the cotangent, read
 * in place. The right operand is a *panel* of four or eight input channels, copied so that they are
 * interleaved and zero-padded: a tap is a constant offset. A unit is a panel times a block of
 * output channels and sums over all pixels in one fixed order.
 */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitBlockSize } from "./blocks.ts";
import type { Conv2dEpilogue, Conv2dParams, EmittedConv2d } from "./finished.ts";
import { forwardGather, tapOffset } from "./geometry.ts";
import { emitInterleavedCopy } from "./interleave.ts";
import { declareWeightUnitLocals, type WeightUnitLocals } from "./weight_units.ts";
import { advance } from "../matmul/pack.ts";
import { declareRunLocals, emitPixelRun, type RunLocals } from "./pixel_run.ts";
import {
  layoutWeightGradient,
  tileWeightGradient,
  type WeightGradientLayout,
  type WeightGradientTiling,
} from "./weight_tiling.ts";

/** Options for generating a weight gradient. */
export interface WeightGradientOptions {
  readonly sizes: Conv2dSizes;
  readonly relaxed: boolean;
  readonly epilogue: Conv2dEpilogue;
  /** Overrides of the tiling, for measurements and tests. */
  readonly tiling?: Partial<WeightGradientTiling>;
}

/** The number of units and their scratch memory. */
export function planWeightGradient(
  { sizes, tiling }: Omit<WeightGradientOptions, "epilogue">,
): EmittedConv2d {
  const full = { ...tileWeightGradient(sizes), ...tiling };
  return {
    unitCount: sizes.groups * full.panels * full.blocks,
    unitsPerPack: 1,
    scratchByteLength: layoutWeightGradient(sizes, full, undefined).byteLength,
  };
}

/** Emits the body of a function that computes a range of units. */
export function emitWeightGradient(
  f: FunctionBuilder,
  options: WeightGradientOptions,
  params: Conv2dParams,
): void {
  new WeightGradientEmitter(f, options, params).emit();
}

class WeightGradientEmitter {
  readonly #f: FunctionBuilder;
  readonly #sizes: Conv2dSizes;
  readonly #relaxed: boolean;
  readonly #epilogue: Conv2dEpilogue;
  readonly #tiling: WeightGradientTiling;
  readonly #layout: WeightGradientLayout;
  readonly #params: Conv2dParams;
  readonly #at: WeightUnitLocals;
  readonly #run: RunLocals;
  /** Number of channels per group. */
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #tapCount: number;
  readonly #pixels: number;

  constructor(f: FunctionBuilder, options: WeightGradientOptions, params: Conv2dParams) {
    const { sizes, relaxed, epilogue, tiling } = options;
    this.#f = f;
    this.#sizes = sizes;
    this.#tiling = { ...tileWeightGradient(sizes), ...tiling };
    this.#layout = layoutWeightGradient(sizes, this.#tiling, f.guard);
    this.#relaxed = relaxed;
    this.#epilogue = epilogue;
    this.#params = params;
    this.#at = declareWeightUnitLocals(f);
    this.#run = declareRunLocals(f);
    this.#inputs = sizes.c / sizes.groups;
    this.#outputs = sizes.o / sizes.groups;
    this.#tapCount = sizes.kernelHeight * sizes.kernelWidth;
    this.#pixels = sizes.outHeight * sizes.outWidth;
  }

  emit(): void {
    const f = this.#f;
    const { scratch, unitFrom, unitTo } = this.#params;
    const { taps, frames, sums } = this.#at;
    const unit = f.local("i32");
    const place = (offset: number, local: Local) =>
      void f.get(scratch).i32(offset).op("i32.add").set(local);
    place(this.#layout.taps, taps);
    place(this.#layout.frames, frames);
    place(this.#layout.sums, sums);
    this.#emitTapTable();
    f.for(unit, unitFrom, unitTo, 1, () => {
      this.#emitPosition(unit);
      f.get(sums).i32(0).i32(this.#sumBytes()).memoryFill();
      this.#emitBlocks();
      this.#emitEpilogue();
    });
  }

  #emitTapTable(): void {
    const [one] = forwardGather(this.#sizes).classes;
    one!.taps.forEach((tap, i) => {
      const offset = tapOffset(this.#layout.frame, tap);
      this.#f.get(this.#at.taps).i32(offset).memory("i32.store", 4 * i);
    });
  }

  #sumBytes(): number {
    return 4 * this.#tiling.lanes * this.#tiling.rowsPerUnit * this.#tapCount;
  }

  /**
   * Emits the position of a unit. Units are numbered by group, panel, and block of output channels.
   */
  #emitPosition(unit: Local): void {
    const f = this.#f;
    const { group, firstChannel, channelCount, firstRow, rowCount } = this.#at;
    const { panels, lanes, blocks, rowsPerUnit } = this.#tiling;
    f.get(unit).i32(blocks).op("i32.rem_u").i32(rowsPerUnit).op("i32.mul").set(firstRow);
    f.get(unit).i32(blocks).op("i32.div_u").i32(panels).op("i32.rem_u").i32(lanes);
    f.op("i32.mul").set(firstChannel);
    f.get(unit).i32(blocks * panels).op("i32.div_u").set(group);
    emitBlockSize(f, { first: firstRow, step: rowsPerUnit, total: this.#outputs }, rowCount);
    emitBlockSize(f, { first: firstChannel, step: lanes, total: this.#inputs }, channelCount);
  }

  /**
   * For each block of images and rows, emits the copy of the panel and a run over it for every tap.
   */
  #emitBlocks(): void {
    const f = this.#f;
    const { n, outHeight } = this.#sizes;
    const { imagesPerBlock, linesPerBlock } = this.#tiling;
    const { firstImage, imageCount, firstLine, lineCount } = this.#at;
    const channels = this.#emitPanel();
    f.for(firstImage, 0, n, imagesPerBlock, () => {
      emitBlockSize(f, { first: firstImage, step: imagesPerBlock, total: n }, imageCount);
      f.for(firstLine, 0, outHeight, linesPerBlock, () => {
        emitBlockSize(f, { first: firstLine, step: linesPerBlock, total: outHeight }, lineCount);
        this.#emitCopy(channels);
        this.#emitGradientPlace();
        this.#emitRuns();
      });
    });
  }

  /** Addresses of the panel's channels. The last channel is repeated if the panel is not full. */
  #emitPanel(): Local[] {
    const f = this.#f;
    const { group, firstChannel } = this.#at;
    const channel = f.local("i32");
    return Array.from({ length: this.#tiling.lanes }, (_, lane) => {
      const address = f.local("i32");
      f.get(firstChannel).i32(lane).op("i32.add").tee(channel).i32(this.#inputs - 1);
      f.get(channel).i32(this.#inputs).op("i32.lt_s", "select").set(channel);
      f.get(group).i32(this.#inputs).op("i32.mul").get(channel).op("i32.add");
      f.i32(4 * this.#sizes.h * this.#sizes.w).op("i32.mul").get(this.#params.a).op("i32.add");
      f.set(address);
      return address;
    });
  }

  #emitCopy(panel: readonly Local[]): void {
    const f = this.#f;
    const { c, h, w } = this.#sizes;
    const imageBytes = 4 * c * h * w;
    const channels = panel.map((address) => {
      const moved = f.local("i32");
      f.get(address, this.#at.firstImage).i32(imageBytes).op("i32.mul", "i32.add").set(moved);
      return moved;
    });
    emitInterleavedCopy(f, this.#layout.frame, {
      channels,
      target: this.#at.frames,
      images: this.#at.imageCount,
      firstIndex: this.#at.firstLine,
      sourceSize: [h, w],
      imageBytes,
    });
  }

  #emitGradientPlace(): void {
    const f = this.#f;
    const { o, outWidth } = this.#sizes;
    const at = this.#at;
    const { frame } = this.#layout;
    f.get(at.firstImage).i32(o).op("i32.mul");
    f.get(at.group).i32(this.#outputs).op("i32.mul", "i32.add").get(at.firstRow).op("i32.add");
    f.i32(4 * this.#pixels).op("i32.mul");
    f.get(at.firstLine).i32(4 * outWidth).op("i32.mul", "i32.add");
    f.get(this.#params.b).op("i32.add").set(at.gradient);
    f.i32(4 * o * this.#pixels).get(at.lineCount).i32(4 * outWidth).op("i32.mul", "i32.sub");
    f.set(at.gradientGap);
    f.i32(frame.channelBytes).get(at.lineCount).i32(frame.indexBytes).op("i32.mul", "i32.sub");
    f.set(at.pixelGap);
  }

  /** Emits the runs for each group of output channels and each tap. */
  #emitRuns(): void {
    const f = this.#f;
    const { rowsPerRun } = this.#tiling;
    const { rowCount } = this.#at;
    const [row, wholeEnd] = [f.local("i32"), f.local("i32")];
    const remainder = this.#outputs % rowsPerRun;
    f.get(rowCount).i32(rowsPerRun - 1).op("i32.sub").set(wholeEnd);
    f.for(row, 0, wholeEnd, rowsPerRun, () => this.#emitTaps(row, rowsPerRun));
    if (remainder === 0) return;
    // Only the last block has a remainder. The others consist of whole runs.
    f.get(row, rowCount).op("i32.lt_s").if(() => this.#emitTaps(row, remainder));
  }

  #emitTaps(row: Local, rows: number): void {
    const f = this.#f;
    const { taps, frames, sums, gradient, imageCount, lineCount } = this.#at;
    const { lanes, rowsPerUnit } = this.#tiling;
    const { frame } = this.#layout;
    const rowBytes = 4 * lanes;
    const [tap, target] = [f.local("i32"), f.local("i32")];
    f.get(sums, row).i32(rowBytes).op("i32.mul", "i32.add").set(target);
    f.for(tap, 0, 4 * this.#tapCount, 4, () => {
      f.get(frames, taps, tap).op("i32.add").memory("i32.load").op("i32.add");
      f.set(this.#run.pixelAddress);
      f.get(gradient, row).i32(4 * this.#pixels).op("i32.mul", "i32.add");
      f.set(this.#run.gradientAddress);
      emitPixelRun(f, this.#run, {
        rows,
        vectors: lanes === 8 ? 2 : 1,
        width: this.#sizes.outWidth,
        images: imageCount,
        height: lineCount,
        gradientRowBytes: 4 * this.#pixels,
        pixelGap: frame.indexBytes - this.#sizes.outWidth * rowBytes,
        pixelImageGap: this.#at.pixelGap,
        gradientImageGap: this.#at.gradientGap,
        target,
        targetRowBytes: rowBytes,
        relaxed: this.#relaxed,
      });
      f.get(target).i32(rowsPerUnit * rowBytes).op("i32.add").set(target);
    });
  }

  #emitEpilogue(): void {
    const f = this.#f;
    const { group, firstChannel, channelCount, firstRow, rowCount } = this.#at;
    const { kernelWidth, kernelHeight } = this.#sizes;
    const tapBytes = 4 * this.#tapCount;
    const sorted = f.local("i32");
    f.get(this.#params.scratch).i32(this.#layout.sorted).op("i32.add").set(sorted);
    this.#emitSorting(sorted);
    const [row, rowEnd, channelEnd] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.get(group).i32(this.#outputs).op("i32.mul").get(firstRow).op("i32.add").tee(row);
    f.get(rowCount).op("i32.add").set(rowEnd);
    f.get(firstChannel, channelCount).op("i32.add").set(channelEnd);
    this.#epilogue.emit(f, {
      sums: sorted,
      ranges: [
        { from: row, to: rowEnd, sumBytes: this.#tiling.lanes * tapBytes },
        { from: firstChannel, to: channelEnd, sumBytes: tapBytes },
        { from: 0, to: kernelHeight, sumBytes: 4 * kernelWidth },
        { from: 0, to: kernelWidth, sumBytes: 4 },
      ],
      order: [0, 1, 2],
      params: this.#params.extra,
    });
  }

  /** Reorders the sums from [tap][row][lane] to [row][lane][tap]. */
  #emitSorting(sorted: Local): void {
    const f = this.#f;
    const { lanes, rowsPerUnit } = this.#tiling;
    const tapBytes = 4 * this.#tapCount;
    const [tap, row, from, to, vector] = [
      f.local("i32"),
      f.local("i32"),
      f.local("i32"),
      f.local("i32"),
      f.local("v128"),
    ];
    f.get(this.#at.sums).set(from);
    f.for(tap, 0, tapBytes, 4, () => {
      f.get(sorted, tap).op("i32.add").set(to);
      f.for(row, 0, rowsPerUnit, 1, () => {
        for (let lane = 0; lane < lanes; lane++) {
          if (lane % 4 === 0) f.get(from).memory("v128.load", 4 * lane).set(vector);
          f.get(to, vector).memoryLane("v128.store32_lane", lane % 4, lane * tapBytes);
        }
        advance(f, from, 4 * lanes);
        advance(f, to, lanes * tapBytes);
      });
    });
  }
}
