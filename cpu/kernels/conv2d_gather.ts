/**
 * Emits a gathering convolution: the forward sum or the gradient of the images.
 *
 * It is an implicit matrix product. The left operand is the weight, packed in tiles of four
 * result channels; the rows of the right one are shifted rows of *frames*, copies of the
 * images with zeros around them, so that no tap needs a bounds check and a stride costs
 * nothing. Every sum runs over channels and taps in one fixed order, whoever computes it.
 */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type {
  Conv2dEpilogue,
  Conv2dParams,
  EmittedConv2d,
  FinishedRange,
} from "./conv2d_finished.ts";
import { emitFrameCopy } from "./conv2d_frame.ts";
import { type Gather, type ResultClass, tapOffset } from "./conv2d_geometry.ts";
import { emitWeightPacking, weightStrides } from "./conv2d_pack.ts";
import {
  declareTileLocals,
  emitTile,
  quadsPerTile,
  TILE_CHANNELS,
  WEIGHT_BYTES,
} from "./conv2d_tile.ts";
import {
  classSize,
  type GatherLayout,
  type GatherTiling,
  layoutGather,
  tileGather,
} from "./conv2d_tiling.ts";
import { advance } from "./matmul_pack.ts";

/** What to generate. */
export interface GatherOptions {
  readonly gather: Gather;
  readonly relaxed: boolean;
  readonly epilogue: Conv2dEpilogue;
  /** Decisions to take differently, for measurements and tests. */
  readonly tiling?: Partial<GatherTiling>;
}

/** How many units there are, and what they need. */
export function planGather({ gather, tiling }: Omit<GatherOptions, "epilogue">): EmittedConv2d {
  const full = { ...tileGather(gather), ...tiling };
  const blocks = blocksOf(gather, full);
  return {
    unitCount: gather.groups * blocks.channels * blocks.images * blocks.rows,
    unitsPerPack: blocks.images * blocks.rows,
    scratchByteLength: layoutGather(gather, full).byteLength,
  };
}

/** Emits the body of a function that computes a range of units. */
export function emitGather(f: FunctionBuilder, options: GatherOptions, params: Conv2dParams): void {
  new GatherEmitter(f, options, params).emit();
}

function blocksOf(
  gather: Gather,
  { imagesPerUnit, rowsPerUnit, channelsPerUnit }: GatherTiling,
): { channels: number; images: number; rows: number } {
  return {
    channels: Math.ceil(gather.resultChannels / channelsPerUnit),
    images: Math.ceil(gather.batch / imagesPerUnit),
    rows: Math.ceil(classSize(gather)[0] / rowsPerUnit),
  };
}

/** Local variables of the loops. */
interface UnitLocals {
  readonly group: Local;
  readonly firstChannel: Local;
  readonly channelCount: Local;
  readonly firstImage: Local;
  readonly imageCount: Local;
  /** Positions of the classes. */
  readonly firstRow: Local;
  readonly rowCount: Local;
  readonly wholeTiles: Local;
  readonly isLastBlock: Local;
  /** Address of the frames, or of the source in place of them. */
  readonly frames: Local;
  readonly sums: Local;
  readonly quadTable: Local;
  /** Byte offsets in the table. */
  readonly quadEnd: Local;
  readonly quad: Local;
}

class GatherEmitter {
  readonly #f: FunctionBuilder;
  readonly #gather: Gather;
  readonly #relaxed: boolean;
  readonly #epilogue: Conv2dEpilogue;
  readonly #tiling: GatherTiling;
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
    this.#tiling = { ...tileGather(gather), ...tiling };
    this.#layout = layoutGather(gather, this.#tiling);
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
      // Sums of nothing: no tile writes there.
      f.get(sums).i32(0).i32(TILE_CHANNELS * this.#layout.sumChannelBytes).memoryFill();
    }
    f.i32(-1).set(packed);
    f.for(unit, unitFrom, unitTo, 1, () => {
      this.#emitPosition(unit, pack);
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
    this.#emitQuadTable();
  }

  /** Where the quads of a unit's pixels are, image by image and row by row. */
  #emitQuadTable(): void {
    const f = this.#f;
    const { frame, sumRowBytes, sumImageBytes } = this.#layout;
    const [image, row, quad, entry, source, target] = Array.from(
      { length: 6 },
      () => f.local("i32"),
    ) as [Local, Local, Local, Local, Local, Local];
    const { resultStep } = this.#gather;
    f.get(this.#at.quadTable).set(entry);
    f.for(image, 0, this.#tiling.imagesPerUnit, 1, () => {
      f.for(row, 0, this.#tiling.rowsPerUnit, 1, () => {
        f.get(image).i32(this.#frameImageBytes()).op("i32.mul");
        f.get(row).i32(frame.indexBytes).op("i32.mul", "i32.add").set(source);
        f.get(image).i32(sumImageBytes).op("i32.mul");
        f.get(row).i32(sumRowBytes * resultStep[0]).op("i32.mul", "i32.add").set(target);
        f.for(quad, 0, this.#quadsPerRow(), 1, () => {
          f.get(entry, source).memory("i32.store").get(entry, target).memory("i32.store", 4);
          advance(f, entry, 8);
          advance(f, source, 16);
          advance(f, target, 16 * resultStep[1]);
        });
      });
    });
  }

  #quadsPerRow(): number {
    return Math.ceil(classSize(this.#gather)[1] / 4);
  }

  #frameImageBytes(): number {
    const { channelBytes } = this.#layout.frame;
    const { sourceChannels, groups } = this.#gather;
    return channelBytes * sourceChannels * (this.#tiling.inPlace ? groups : 1);
  }

  /** Units are numbered by group, block of channels, block of images, block of rows. */
  #emitPosition(unit: Local, pack: Local): void {
    const f = this.#f;
    const at = this.#at;
    const { imagesPerUnit, rowsPerUnit, channelsPerUnit } = this.#tiling;
    const blocks = blocksOf(this.#gather, this.#tiling);
    const { batch, resultChannels } = this.#gather;
    const rest = f.local("i32");
    const digit = (size: number, factor: number, result: Local): void => {
      f.get(rest).i32(size).op("i32.rem_u").i32(factor).op("i32.mul").set(result);
      f.get(rest).i32(size).op("i32.div_u").set(rest);
    };
    const count = (first: Local, step: number, total: number, result: Local): void => {
      f.i32(total).get(first).op("i32.sub").tee(result).i32(step);
      f.get(result).i32(step).op("i32.lt_s", "select").set(result);
    };
    f.get(unit).set(rest);
    digit(blocks.rows, rowsPerUnit, at.firstRow);
    digit(blocks.images, imagesPerUnit, at.firstImage);
    f.get(rest).set(pack);
    digit(blocks.channels, channelsPerUnit, at.firstChannel);
    f.get(rest).set(at.group);
    count(at.firstRow, rowsPerUnit, classSize(this.#gather)[0], at.rowCount);
    count(at.firstImage, imagesPerUnit, batch, at.imageCount);
    count(at.firstChannel, channelsPerUnit, resultChannels, at.channelCount);
    f.get(at.channelCount).i32(TILE_CHANNELS).op("i32.div_u").set(at.wholeTiles);
    f.get(at.firstChannel, at.channelCount).op("i32.add").i32(resultChannels).op("i32.eq");
    f.set(at.isLastBlock);
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
    if (this.#tiling.inPlace) {
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

  /** Tile by tile of result channels: all pixels of the unit, then their epilogue. */
  #emitTiles(): void {
    const f = this.#f;
    const { wholeTiles, channelCount, quadEnd, imageCount, rowCount } = this.#at;
    const remainder = this.#gather.resultChannels % TILE_CHANNELS;
    const [tile, tiles, count] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.get(imageCount, rowCount).op("i32.mul").i32(8 * this.#quadsPerRow());
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

function declareUnitLocals(f: FunctionBuilder): UnitLocals {
  const local = () => f.local("i32");
  return {
    group: local(),
    firstChannel: local(),
    channelCount: local(),
    firstImage: local(),
    imageCount: local(),
    firstRow: local(),
    rowCount: local(),
    wholeTiles: local(),
    isLastBlock: local(),
    frames: local(),
    sums: local(),
    quadTable: local(),
    quadEnd: local(),
    quad: local(),
  };
}
