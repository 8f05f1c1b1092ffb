/**
 * Emits a gathering convolution: forward, or the gradient of the images.
 *
 * It is an implicit matrix product. The left operand is the weight, packed in tiles of four result
 * channels. The rows of the right operand are shifted rows of *frames*, zero-padded copies of the
 * images, so that no tap needs a bounds check and a stride costs nothing. Every sum adds channels
 * and taps in one fixed order, independent of the thread that computes it.
 */
import type { Workload } from "../compiled_kernel.ts";
import type { UnitParams } from "../loops/epilogue.ts";
import type { Lanes } from "../native/registers.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import type { Conv2dOptions, FinishedRange } from "./epilogue.ts";
import { emitFrameCopy } from "./frame.ts";
import { tapOffset } from "./frame_layout.ts";
import {
  blocksOf,
  declareUnitLocals,
  emitQuadTable,
  emitUnitPosition,
  type UnitLocals,
} from "./gather_units.ts";
import { classSize, type Gather } from "./geometry.ts";
import { emitNativeChannels, type NativeGather } from "./native_gather.ts";
import { emitWeightPacking, weightStrides } from "./pack.ts";
import { declareTileLocals, TILE_CHANNELS } from "./tile.ts";
import { type GatherParts, type GatherTiling, layoutGather, tileGather } from "./tiling.ts";
import { emitWasmChannels, type WasmGather } from "./wasm_gather.ts";

/** A gathering convolution with all decisions made. */
interface GatherPlan extends GatherParts, Workload {}

/** Plans a gathering convolution. Tests override parts of the tiling. */
export function planGather(
  gather: Gather,
  { guard, lanes, tiling }: {
    guard?: Guard | undefined;
    /** Number of lanes of native tiles, if there may be any. */
    lanes?: Lanes | undefined;
    tiling?: Partial<GatherTiling>;
  },
): GatherPlan {
  const full = { ...tileGather(gather, lanes), ...tiling };
  const blocks = blocksOf(gather, full);
  const layout = layoutGather(gather, full, guard);
  return {
    gather,
    tiling: full,
    layout,
    unitCount: gather.groups * blocks.channels * blocks.images * blocks.rows,
    unitsPerPack: blocks.images * blocks.rows,
    scratchByteLength: layout.byteLength,
  };
}

/** Emits the body of a function that computes a range of units. */
export class GatherEmitter {
  readonly #f: FunctionBuilder;
  readonly #parts: GatherParts;
  readonly #options: Conv2dOptions;
  readonly #params: UnitParams;
  readonly #at: UnitLocals;
  readonly #wasm: WasmGather;
  readonly #native: NativeGather | undefined;

  constructor(f: FunctionBuilder, parts: GatherParts, options: Conv2dOptions, params: UnitParams) {
    this.#f = f;
    this.#parts = parts;
    this.#options = options;
    this.#params = params;
    this.#at = declareUnitLocals(f);
    const { native, relaxed } = options;
    const tapTables = parts.gather.classes.map(() => f.local("i32"));
    this.#wasm = { ...parts, relaxed, locals: declareTileLocals(f), tapTables };
    const [block, runs] = [parts.tiling.native, parts.layout.runs];
    this.#native = native && block && runs && { ...parts, native, block, runs };
  }

  /** Emits the loop over units. */
  emit(): void {
    const f = this.#f;
    const { gather, layout } = this.#parts;
    const { unitFrom, unitTo, scratch } = this.#params;
    const { sums, frames, quadTable } = this.#at;
    const [unit, packed, pack] = f.locals("i32", 3);
    f.get(scratch).i32(layout.sums).op("i32.add").set(sums);
    f.get(scratch).i32(layout.frames).op("i32.add").set(frames);
    f.get(scratch).i32(layout.quads).op("i32.add").set(quadTable);
    this.#emitTables();
    if (gather.classes.some(({ taps }) => taps.length === 0)) {
      // Empty sums: no tile writes there.
      const channels = this.#native?.block.channels ?? TILE_CHANNELS;
      f.get(sums).i32(0).i32(channels * layout.sumChannelBytes).memoryFill();
    }
    f.i32(-1).set(packed);
    f.for(unit, unitFrom, unitTo, 1, () => {
      emitUnitPosition(f, this.#parts, { unit, pack, at: this.#at });
      f.get(pack, packed).op("i32.ne").if(() => {
        this.#emitPacking();
        f.get(pack).set(packed);
      });
      this.#emitFrames();
      this.#emitTiles();
    });
  }

  #emitTables(): void {
    const f = this.#f;
    this.#parts.gather.classes.forEach(({ taps }, i) => {
      const offset = this.#parts.layout.taps[i];
      if (offset === undefined) return;
      const table = this.#wasm.tapTables[i]!;
      f.get(this.#params.scratch).i32(offset).op("i32.add").set(table);
      taps.forEach((tap, t) => {
        f.get(table).i32(tapOffset(this.#parts.layout.frame, tap)).memory("i32.store", 4 * t);
        f.get(table).i32(4 * tap.weight).memory("i32.store", 4 * (taps.length + t));
      });
    });
    if (!this.#native) emitQuadTable(f, this.#parts, this.#at.quadTable);
  }

  #emitPacking(): void {
    const f = this.#f;
    const { group, firstChannel, wholeTiles, isLastBlock } = this.#at;
    const { weightSize, sourceChannels, resultChannels } = this.#parts.gather;
    const [source, target] = f.locals("i32", 2);
    const groupBytes = 4 * weightSize * sourceChannels * resultChannels;
    f.get(this.#params.b, group).i32(groupBytes).op("i32.mul", "i32.add");
    f.get(firstChannel).i32(weightStrides(this.#parts.gather).result).op("i32.mul", "i32.add");
    f.set(source);
    f.get(this.#params.scratch).i32(this.#parts.layout.weights).op("i32.add").set(target);
    const tapTables = this.#parts.gather.classes.map(({ taps }, i) => {
      const table = f.local("i32");
      f.get(this.#wasm.tapTables[i]!).i32(4 * taps.length).op("i32.add").set(table);
      return table;
    });
    emitWeightPacking(f, this.#parts.gather, {
      source,
      target,
      wholeTiles,
      remainder: resultChannels % TILE_CHANNELS,
      isLast: isLastBlock,
      tapTables,
    });
  }

  #emitFrames(): void {
    const f = this.#f;
    const { group, firstImage, imageCount, firstRow, frames } = this.#at;
    const { sourceChannels, sourceSize, groups } = this.#parts.gather;
    const channelBytes = 4 * sourceSize[0] * sourceSize[1];
    const imageBytes = channelBytes * sourceChannels * groups;
    const source = f.local("i32");
    f.get(this.#params.a, firstImage).i32(imageBytes).op("i32.mul", "i32.add");
    f.get(group).i32(channelBytes * sourceChannels).op("i32.mul", "i32.add").set(source);
    if (this.#parts.tiling.inPlace) {
      const { rows, columns, rowBytes } = this.#parts.layout.frame;
      f.get(source, firstRow).i32(rowBytes).op("i32.mul", "i32.add");
      f.i32(rows.origin * rowBytes + 4 * columns.origin).op("i32.add").set(frames);
      return;
    }
    emitFrameCopy(f, this.#parts.layout.frame, {
      source,
      target: frames,
      images: imageCount,
      channels: sourceChannels,
      firstIndex: this.#parts.tiling.rowsPerUnit < classSize(this.#parts.gather)[0] ? firstRow : 0,
      sourceSize,
      imageBytes,
    });
  }

  /**
   * Emits all pixels of the unit and then their epilogue, one tile of result channels at a time.
   */
  #emitTiles(): void {
    const f = this.#f;
    const { channelCount } = this.#at;
    const whole = this.#native?.block.channels ?? TILE_CHANNELS;
    const rest = this.#parts.gather.resultChannels % whole;
    const [first, count] = f.locals("i32", 2);
    const emit = (channels: number) => (): void => {
      const tile = { scratch: this.#params.scratch, at: this.#at, first, channels };
      if (this.#native) emitNativeChannels(f, this.#native, tile);
      else emitWasmChannels(f, this.#wasm, tile);
    };
    f.for(first, 0, channelCount, whole, () => {
      f.get(channelCount, first).op("i32.sub").setAtMost(count, whole);
      // Only the last block of channels has fewer in its last tile.
      if (rest === 0) emit(whole)();
      else if (this.#parts.gather.resultChannels < whole) emit(rest)();
      else f.get(count).i32(whole).op("i32.eq").if(emit(whole), emit(rest));
      this.#emitEpilogue(first, count);
    });
  }

  /** Emits the epilogue of `count` channels from `first` on, counted within the unit. */
  #emitEpilogue(first: Local, count: Local): void {
    const f = this.#f;
    const { group, firstChannel, firstImage, imageCount, firstRow, rowCount, sums } = this.#at;
    const { resultChannels, resultSize, resultStep } = this.#parts.gather;
    const { sumRowBytes, sumImageBytes, sumChannelBytes } = this.#parts.layout;
    const range = (from: Local, length: Local, sumBytes: number): FinishedRange => {
      const to = f.local("i32");
      f.get(from, length).op("i32.add").set(to);
      return { from, to, sumBytes };
    };
    const [channel, y, yCount] = f.locals("i32", 3);
    f.get(group).i32(resultChannels).op("i32.mul").get(firstChannel).op("i32.add");
    f.get(first).op("i32.add").set(channel);
    f.get(firstRow).i32(resultStep[0]).op("i32.mul").set(y);
    f.get(rowCount).i32(resultStep[0]).op("i32.mul").tee(yCount);
    f.i32(resultSize[0]).get(y).op("i32.sub");
    f.get(yCount).i32(resultSize[0]).get(y).op("i32.sub", "i32.lt_s", "select").set(yCount);
    this.#options.epilogue.emit(f, {
      sums,
      ranges: [
        range(firstImage, imageCount, sumImageBytes),
        range(channel, count, sumChannelBytes),
        range(y, yCount, sumRowBytes),
        { from: 0, to: resultSize[1], sumBytes: 4 },
      ],
      order: [1, 0, 2],
      params: this.#params.extra,
    });
  }
}
