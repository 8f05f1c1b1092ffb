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
import type { Workload } from "../compiled_kernel.ts";
import type { UnitParams } from "../loops/epilogue.ts";
import type { Lanes } from "../native/registers.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import { emitPixelBlocks } from "./blocks.ts";
import type { Conv2dOptions } from "./epilogue.ts";
import { tapOffset } from "./frame_layout.ts";
import { forwardGather } from "./geometry.ts";
import { emitNativeRuns } from "./native_weight_gradient.ts";
import { emitPanelAddresses, emitPanelCopy } from "./panel_copy.ts";
import { declareRunLocals, emitPixelRun, type RunLocals } from "./pixel_run.ts";
import { emitSortedSums } from "./sorted_sums.ts";
import {
  layoutWeightGradient,
  tileWeightGradient,
  type WeightGradientLayout,
  type WeightGradientTiling,
} from "./weight_tiling.ts";
import {
  declareWeightUnitLocals,
  emitWeightUnitPosition,
  type WeightUnitLocals,
} from "./weight_units.ts";

/** A weight gradient with all decisions made. */
interface WeightGradientPlan extends Workload {
  readonly sizes: Conv2dSizes;
  readonly tiling: WeightGradientTiling;
  readonly layout: WeightGradientLayout;
}

/** Plans a weight gradient. Tests override parts of the tiling. */
export function planWeightGradient(
  sizes: Conv2dSizes,
  { guard, lanes, tiling }: {
    guard?: Guard | undefined;
    /** Number of lanes of native tiles, if there may be any. */
    lanes?: Lanes | undefined;
    tiling?: Partial<WeightGradientTiling>;
  },
): WeightGradientPlan {
  const full = { ...tileWeightGradient(sizes, lanes), ...tiling };
  const layout = layoutWeightGradient(sizes, full, guard);
  return {
    sizes,
    tiling: full,
    layout,
    unitCount: sizes.groups * full.panels * full.blocks,
    unitsPerPack: 1,
    scratchByteLength: layout.byteLength,
  };
}

/** Emits the body of a function that computes a range of units. */
export class WeightGradientEmitter {
  readonly #f: FunctionBuilder;
  readonly #plan: WeightGradientPlan;
  readonly #options: Conv2dOptions;
  readonly #params: UnitParams;
  readonly #at: WeightUnitLocals;
  readonly #run: RunLocals;
  /** Number of channels per group. */
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #tapCount: number;
  readonly #pixels: number;

  constructor(
    f: FunctionBuilder,
    plan: WeightGradientPlan,
    options: Conv2dOptions,
    params: UnitParams,
  ) {
    const { sizes } = plan;
    this.#f = f;
    this.#plan = plan;
    this.#options = options;
    this.#params = params;
    this.#at = declareWeightUnitLocals(f);
    this.#run = declareRunLocals(f);
    this.#inputs = sizes.c / sizes.groups;
    this.#outputs = sizes.o / sizes.groups;
    this.#tapCount = sizes.kernelHeight * sizes.kernelWidth;
    this.#pixels = sizes.outHeight * sizes.outWidth;
  }

  /** Emits the loop over units. */
  emit(): void {
    const f = this.#f;
    const { sizes, tiling, layout } = this.#plan;
    const { scratch, unitFrom, unitTo } = this.#params;
    const { taps, frames, sums } = this.#at;
    const unit = f.local("i32");
    const place = (offset: number, local: Local) =>
      void f.get(scratch).i32(offset).op("i32.add").set(local);
    place(layout.taps, taps);
    place(layout.frames, frames);
    place(layout.sums, sums);
    this.#emitTapTable();
    f.for(unit, unitFrom, unitTo, 1, () => {
      emitWeightUnitPosition(f, sizes, tiling, { unit, at: this.#at });
      f.get(sums).i32(0).i32(layout.sumBytes).memoryFill();
      this.#emitBlocks();
      this.#emitEpilogue();
    });
  }

  #emitTapTable(): void {
    const [one] = forwardGather(this.#plan.sizes).classes;
    one!.taps.forEach((tap, i) => {
      const offset = tapOffset(this.#plan.layout.frame, tap);
      this.#f.get(this.#at.taps).i32(offset).memory("i32.store", 4 * i);
    });
  }

  /** Emits, for each block of pixels, the copy of the panel and a run over it for every tap. */
  #emitBlocks(): void {
    const { sizes, tiling, layout: { frame } } = this.#plan;
    const { native } = this.#options;
    const at = this.#at;
    const panel = emitPanelAddresses(this.#f, this.#plan, { source: this.#params.a, at });
    emitPixelBlocks(this.#f, { ...tiling, sizes, frame }, at, {
      copy: () => {
        emitPanelCopy(this.#f, this.#plan, { panel, at, native });
        this.#emitGradientPlace();
      },
      run: () => {
        if (native && tiling.native) emitNativeRuns(this.#f, { ...this.#plan, native }, at);
        else this.#emitRuns();
      },
    });
  }

  #emitGradientPlace(): void {
    const f = this.#f;
    const { o, outWidth } = this.#plan.sizes;
    const at = this.#at;
    f.get(at.firstImage).i32(o).op("i32.mul");
    f.get(at.group).i32(this.#outputs).op("i32.mul", "i32.add").get(at.firstRow).op("i32.add");
    f.i32(4 * this.#pixels).op("i32.mul");
    f.get(at.firstLine).i32(4 * outWidth).op("i32.mul", "i32.add");
    f.get(this.#params.b).op("i32.add").set(at.gradient);
  }

  /** Emits the runs for each group of output channels and each tap. */
  #emitRuns(): void {
    const f = this.#f;
    const { rowsPerRun } = this.#plan.tiling;
    const { rowCount } = this.#at;
    const [row, wholeEnd] = f.locals("i32", 2);
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
    const { lanes, rowsPerUnit } = this.#plan.tiling;
    const { frame } = this.#plan.layout;
    const rowBytes = 4 * lanes;
    const [tap, target] = f.locals("i32", 2);
    f.get(sums, row).i32(rowBytes).op("i32.mul", "i32.add").set(target);
    f.for(tap, 0, 4 * this.#tapCount, 4, () => {
      f.get(frames, taps, tap).op("i32.add").memory("i32.load").op("i32.add");
      f.set(this.#run.pixelAddress);
      f.get(gradient, row).i32(4 * this.#pixels).op("i32.mul", "i32.add");
      f.set(this.#run.gradientAddress);
      emitPixelRun(f, this.#run, {
        rows,
        vectors: lanes === 8 ? 2 : 1,
        width: this.#plan.sizes.outWidth,
        images: imageCount,
        height: lineCount,
        gradientRowBytes: 4 * this.#pixels,
        pixelGap: frame.indexBytes - this.#plan.sizes.outWidth * rowBytes,
        pixelImageGap: this.#at.pixelGap,
        gradientImageGap: this.#at.gradientGap,
        target,
        targetRowBytes: rowBytes,
        relaxed: this.#options.relaxed,
      });
      f.advance(target, rowsPerUnit * rowBytes);
    });
  }

  #emitEpilogue(): void {
    const f = this.#f;
    const { group, firstChannel, channelCount, firstRow, rowCount } = this.#at;
    const { kernelWidth, kernelHeight } = this.#plan.sizes;
    const tapBytes = 4 * this.#tapCount;
    const sorted = f.local("i32");
    f.get(this.#params.scratch).i32(this.#plan.layout.sorted).op("i32.add").set(sorted);
    emitSortedSums(f, this.#plan, { from: this.#at.sums, to: sorted });
    const [row, rowEnd, channelEnd] = f.locals("i32", 3);
    f.get(group).i32(this.#outputs).op("i32.mul").get(firstRow).op("i32.add").tee(row);
    f.get(rowCount).op("i32.add").set(rowEnd);
    f.get(firstChannel, channelCount).op("i32.add").set(channelEnd);
    this.#options.epilogue.emit(f, {
      sums: sorted,
      ranges: [
        { from: row, to: rowEnd, sumBytes: this.#plan.tiling.lanes * tapBytes },
        { from: firstChannel, to: channelEnd, sumBytes: tapBytes },
        { from: 0, to: kernelHeight, sumBytes: 4 * kernelWidth },
        { from: 0, to: kernelWidth, sumBytes: 4 },
      ],
      order: [0, 1, 2],
      params: this.#params.extra,
    });
  }
}
