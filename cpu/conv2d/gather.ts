/**
 * Emits a gathering convolution: forward, or the gradient of the images.
 *
 * It is an implicit matrix product. The left operand is the weight, packed in tiles of four result
 * channels. The rows of the right operand are shifted rows of *frames*, zero-padded copies of the
 * images, so that no tap needs a bounds check and a stride costs nothing. Every sum adds channels
 * and taps in one fixed order, independent of the thread that computes it.
 */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { Conv2dEpilogue, Conv2dParams, EmittedConv2d, FinishedRange } from "./finished.ts";
import { emitFrameCopy } from "./frame.ts";
import { type Gather, type ResultClass, tapOffset } from "./geometry.ts";
import { emitWeightPacking, weightStrides } from "./pack.ts";
import { declareTileLocals, emitTile, quadsPerTile, TILE_CHANNELS, WEIGHT_BYTES } from "./tile.ts";
import { type GatherLayout, type GatherTiling, layoutGather, tileGather } from "./tiling.ts";
import {
  blocksOf,
  declareUnitLocals,
  emitQuadTable,
  emitUnitPosition,
  quadsPerRow,
  type UnitLocals,
} from "./gather_units.ts";

/** Options for generating a gathering convolution. */
export interface GatherOptions {
  readonly gather: Gather;
  readonly relaxed: boolean;
  readonly epilogue: Conv2dEpilogue;
  /** Overrides of the tiling, for measurements and tests. */
  readonly tiling?: Partial<GatherTiling>;
}

/** The number of units and their scratch memory. */
export function planGather({ gather, tiling }: Omit<GatherOptions, "epilogue">): EmittedConv2d {
  const full = { ...tileGather(gather), ...tiling };
  const blocks = blocksOf(gather, full);
  return {
    unitCount: gather.groups * blocks.channels * blocks.images * blocks.rows,
    unitsPerPack: blocks.images * blocks.rows,
    scratchByteLength: layoutGather(gather, full, undefined).byteLength,
  };
}

/** Emits the body of a function that computes a range of units. */
export function emitGather(f: FunctionBuilder, options: GatherOptions, params: Conv2dParams): void {
  new GatherEmitter(f, options, params).emit();
}

class GatherEmitter {
  readonly #f: FunctionBuilder;
  readonly #gather: Gather;
  readonly #relaxed: boolean;
  readonly #epilogue: Conv2dEpilogue;
  readonly #parts: { gather: Gather; tiling: GatherTiling; layout: GatherLayout };
  readonly #layout: GatherLayout;
  readonly #params: Conv2dParams;
  readonly #at: UnitLocals;
  readonly #tile: ReturnType<typeof declareTileLocals>;
  readonly #tapTables: readonly Local[];

  constructor(f: FunctionBuilder, options: GatherOptions, params: Conv2dParams) {
    const { gather, relaxed, epilogue, tiling } = options;
    this.#f = f;
    this.#gather = gather;
    this.#relaxed = relaxed;
    this.#epilogue = epilogue;
    const full = { ...tileGather(gather), ...tiling };
    this.#layout = layoutGather(gather, full, f.guard);
    this.#parts = { gather, tiling: full, layout: this.#layout };
    this.#params = params;
    this.#at = declareUnitLocals(f);
    this.#tile = declareTileLocals(f);
    this.#tapTables = gather.classes.map(() => f.local("i32"));
  }

  emit(): void {
    const f = this.#f;
    const { unitFrom, unitTo, scratch } = this.#params;
    const { sums, frames, quadTable } = this.#at;
    const unit = f.local("i32");
    const packed = f.local("i32");
    const pack = f.local("i32");
    f.get(scratch).i32(this.#layout.sums).op("i32.add").set(sums);
    f.get(scratch).i32(this.#layout.frames).op("i32.add").set(frames);
    f.get(scratch).i32(this.#layout.quads).op("i32.add").set(quadTable);
    this.#emitTables();
    if (this.#gather.classes.some(({ taps }) => taps.length === 0)) {
      // Empty sums: no tile writes there.
      f.get(sums).i32(0).i32(TILE_CHANNELS * this.#layout.sumChannelBytes).memoryFill();
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
    this.#gather.classes.forEach(({ taps }, i) => {
      const offset = this.#layout.taps[i];
      if (offset === undefined) return;
      const table = this.#tapTables[i]!;
      f.get(this.#params.scratch).i32(offset).op("i32.add").set(table);
      taps.forEach((tap, t) => {
        f.get(table).i32(tapOffset(this.#layout.frame, tap)).memory("i32.store", 4 * t);
        f.get(table).i32(4 * tap.weight).memory("i32.store", 4 * (taps.length + t));
      });
    });
    emitQuadTable(f, this.#parts, this.#at.quadTable);
  }

  #emitPacking(): void {
    const f = this.#f;
    const { group, firstChannel, wholeTiles, isLastBlock } = this.#at;
    const { weightSize, sourceChannels, resultChannels } = this.#gather;
    const [source, target] = [f.local("i32"), f.local("i32")];
    const groupBytes = 4 * weightSize * sourceChannels * resultChannels;
    f.get(this.#params.b, group).i32(groupBytes).op("i32.mul", "i32.add");
    f.get(firstChannel).i32(weightStrides(this.#gather).result).op("i32.mul", "i32.add");
    f.set(source);
    f.get(this.#params.scratch).i32(this.#layout.weights).op("i32.add").set(target);
    const tapTables = this.#gather.classes.map(({ taps }, i) => {
      const table = f.local("i32");
      f.get(this.#tapTables[i]!).i32(4 * taps.length).op("i32.add").set(table);
      return table;
    });
    emitWeightPacking(f, this.#gather, {
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
    const { sourceChannels, sourceSize, groups } = this.#gather;
    const channelBytes = 4 * sourceSize[0] * sourceSize[1];
    const imageBytes = channelBytes * sourceChannels * groups;
    const source = f.local("i32");
    f.get(this.#params.a, firstImage).i32(imageBytes).op("i32.mul", "i32.add");
    f.get(group).i32(channelBytes * sourceChannels).op("i32.mul", "i32.add").set(source);
    if (this.#parts.tiling.inPlace) {
      const { rows, columns, rowBytes } = this.#layout.frame;
      f.get(source, firstRow).i32(rowBytes).op("i32.mul", "i32.add");
      f.i32(rows.origin * rowBytes + 4 * columns.origin).op("i32.add").set(frames);
      return;
    }
    emitFrameCopy(f, this.#layout.frame, {
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
    const remainder = this.#gather.resultChannels % TILE_CHANNELS;
    const [tile, tiles, count] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.get(imageCount, rowCount).op("i32.mul").i32(8 * quadsPerRow(this.#gather));
    f.op("i32.mul").set(quadEnd);
    f.get(channelCount).i32(TILE_CHANNELS - 1).op("i32.add").i32(TILE_CHANNELS).op("i32.div_u");
    f.set(tiles);
    f.for(tile, 0, tiles, 1, () => {
      const whole = () => this.#emitClasses(tile, TILE_CHANNELS);
      const partial = () => this.#emitClasses(tile, remainder);
      if (remainder === 0) whole();
      else if (this.#gather.resultChannels < TILE_CHANNELS) partial();
      else f.get(tile, wholeTiles).op("i32.lt_s").if(whole, partial);
      f.get(channelCount, tile).i32(TILE_CHANNELS).op("i32.mul", "i32.sub").tee(count);
      f.i32(TILE_CHANNELS).get(count).i32(TILE_CHANNELS).op("i32.lt_s", "select").set(count);
      this.#emitEpilogue(tile, count);
    });
  }

  #emitClasses(tile: Local, channels: number): void {
    let weightBytes = 0;
    for (const one of this.#gather.classes) {
      if (one.taps.length === 0) continue;
      this.#emitQuads(one, { tile, channels, weightBytes });
      weightBytes += one.taps.length * this.#gather.sourceChannels * WEIGHT_BYTES;
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
    const { sumRowBytes, sumChannelBytes, frame, weights, tileBytes } = this.#layout;
    const { resultStep, classes, sourceChannels } = this.#gather;
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
      relaxed: this.#relaxed,
    });
  }

  #emitEpilogue(tile: Local, count: Local): void {
    const f = this.#f;
    const { group, firstChannel, firstImage, imageCount, firstRow, rowCount, sums } = this.#at;
    const { resultChannels, resultSize, resultStep } = this.#gather;
    const { sumRowBytes, sumImageBytes, sumChannelBytes } = this.#layout;
    const range = (from: Local, length: Local, sumBytes: number): FinishedRange => {
      const to = f.local("i32");
      f.get(from, length).op("i32.add").set(to);
      return { from, to, sumBytes };
    };
    const [channel, y, yCount] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.get(group).i32(resultChannels).op("i32.mul").get(firstChannel).op("i32.add");
    f.get(tile).i32(TILE_CHANNELS).op("i32.mul", "i32.add").set(channel);
    f.get(firstRow).i32(resultStep[0]).op("i32.mul").set(y);
    f.get(rowCount).i32(resultStep[0]).op("i32.mul").tee(yCount);
    f.i32(resultSize[0]).get(y).op("i32.sub");
    f.get(yCount).i32(resultSize[0]).get(y).op("i32.sub", "i32.lt_s", "select").set(yCount);
    this.#epilogue.emit(f, {
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
