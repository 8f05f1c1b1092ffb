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
import {
  blocksOf,
  declareUnitLocals,
  emitQuadTable,
  emitUnitPosition,
  quadsPerRow,
  type UnitLocals,
} from "./gather_units.ts";
import { type Gather, type ResultClass, tapOffset } from "./geometry.ts";
import { emitInterleavedSums, emitNativeChannels, type NativeGather } from "./native_gather.ts";
import { emitWeightPacking, weightStrides } from "./pack.ts";
import {
  declareTileLocals,
  emitTile,
  quadsPerTile,
  TILE_CHANNELS,
  type TileLocals,
  WEIGHT_BYTES,
} from "./tile.ts";
import { type GatherParts, type GatherTiling, layoutGather, tileGather } from "./tiling.ts";

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
  readonly #tile: TileLocals;
  readonly #tapTables: readonly Local[];
  readonly #native: NativeGather | undefined;

  constructor(f: FunctionBuilder, parts: GatherParts, options: Conv2dOptions, params: UnitParams) {
    this.#f = f;
    this.#parts = parts;
    this.#options = options;
    this.#params = params;
    this.#at = declareUnitLocals(f);
    this.#tile = declareTileLocals(f);
    this.#tapTables = parts.gather.classes.map(() => f.local("i32"));
    const { native } = options;
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
      if (this.#native) this.#emitNativeTiles(this.#native);
      else this.#emitTiles();
    });
  }

  #emitTables(): void {
    const f = this.#f;
    this.#parts.gather.classes.forEach(({ taps }, i) => {
      const offset = this.#parts.layout.taps[i];
      if (offset === undefined) return;
      const table = this.#tapTables[i]!;
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
      f.get(this.#tapTables[i]!).i32(4 * taps.length).op("i32.add").set(table);
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
      firstIndex: firstRow,
      sourceSize,
      imageBytes,
    });
  }

  /**
   * Emits all pixels of the unit and then their epilogue, one tile of result channels at a time.
   */
  #emitTiles(): void {
    const f = this.#f;
    const { wholeTiles, channelCount, quadEnd, imageCount, rowCount } = this.#at;
    const remainder = this.#parts.gather.resultChannels % TILE_CHANNELS;
    const [tile, tiles, first, count] = f.locals("i32", 4);
    f.get(imageCount, rowCount).op("i32.mul").i32(8 * quadsPerRow(this.#parts.gather));
    f.op("i32.mul").set(quadEnd);
    f.get(channelCount).i32(TILE_CHANNELS - 1).op("i32.add").i32(TILE_CHANNELS).op("i32.div_u");
    f.set(tiles);
    f.for(tile, 0, tiles, 1, () => {
      const whole = () => this.#emitClasses(tile, TILE_CHANNELS);
      const partial = () => this.#emitClasses(tile, remainder);
      if (remainder === 0) whole();
      else if (this.#parts.gather.resultChannels < TILE_CHANNELS) partial();
      else f.get(tile, wholeTiles).op("i32.lt_s").if(whole, partial);
      f.get(tile).i32(TILE_CHANNELS).op("i32.mul").set(first);
      f.get(channelCount, first).op("i32.sub").setAtMost(count, TILE_CHANNELS);
      this.#emitEpilogue(first, count);
    });
  }

  /** The same in native code, whose tiles may have more channels. */
  #emitNativeTiles(parts: NativeGather): void {
    const f = this.#f;
    const { channels } = parts.block;
    const [first, count] = f.locals("i32", 2);
    const { resultStep, resultChannels, classes } = parts.gather;
    const isSpread = classes.length > 1 || resultStep.some((step) => step > 1);
    const emitChannels = (channels: number) => (): void => {
      const place = { scratch: this.#params.scratch, at: this.#at, first, channels };
      emitNativeChannels(f, parts, place);
      if (isSpread) emitInterleavedSums(f, parts, place);
    };
    f.for(first, 0, this.#at.channelCount, channels, () => {
      f.get(this.#at.channelCount, first).op("i32.sub").setAtMost(count, channels);
      const rest = resultChannels % channels;
      // Only the last block of channels has fewer in its last tile.
      if (rest === 0) emitChannels(channels)();
      else f.get(count).i32(channels).op("i32.eq").if(emitChannels(channels), emitChannels(rest));
      this.#emitEpilogue(first, count);
    });
  }

  #emitClasses(tile: Local, channels: number): void {
    let weightBytes = 0;
    for (const one of this.#parts.gather.classes) {
      if (one.taps.length === 0) continue;
      this.#emitQuads(one, { tile, channels, weightBytes });
      weightBytes += one.taps.length * this.#parts.gather.sourceChannels * WEIGHT_BYTES;
    }
  }

  #emitQuads(
    one: ResultClass,
    run: { tile: Local; channels: number; weightBytes: number },
  ): void {
    const f = this.#f;
    const { quad, quadEnd } = this.#at;
    const quads = quadsPerTile(run.channels);
    const wholeEnd = f.local("i32");
    f.get(quadEnd).i32(8 * (quads - 1)).op("i32.sub").set(wholeEnd);
    f.for(quad, 0, wholeEnd, 8 * quads, () => this.#emitTile(one, run, quads));
    f.for(quad, quad, quadEnd, 8, () => this.#emitTile(one, run, 1));
  }

  #emitTile(
    one: ResultClass,
    { tile, channels, weightBytes }: { tile: Local; channels: number; weightBytes: number },
    quads: number,
  ): void {
    const f = this.#f;
    const { sumRowBytes, sumChannelBytes, frame, weights, tileBytes } = this.#parts.layout;
    const { resultStep, classes, sourceChannels } = this.#parts.gather;
    const first = one.firstRow * sumRowBytes + 4 * one.firstColumn;
    const entry = f.local("i32");
    f.get(this.#at.quadTable, this.#at.quad).op("i32.add").set(entry);
    for (let i = 0; i < quads; i++) {
      f.get(this.#at.frames, entry).memory("i32.load", 8 * i).op("i32.add");
      f.set(this.#tile.sources[i]!);
      f.get(this.#at.sums, entry).memory("i32.load", 8 * i + 4).op("i32.add");
      if (first > 0) f.i32(first).op("i32.add");
      f.set(this.#tile.targets[i]!);
    }
    f.get(this.#params.scratch, tile).i32(tileBytes).op("i32.mul", "i32.add");
    f.i32(weights + weightBytes).op("i32.add").set(this.#tile.weightAddress);
    emitTile(f, this.#tile, {
      channels,
      quads,
      sourceChannels,
      channelBytes: frame.channelBytes,
      taps: one.taps.map((tap) => tapOffset(frame, tap)),
      tapTable: this.#tapTables[classes.indexOf(one)]!,
      sumChannelBytes,
      sumStepBytes: 4 * resultStep[1],
      relaxed: this.#options.relaxed,
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
