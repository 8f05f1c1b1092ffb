/** The units of a gathering convolution, as parts of the result. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitBlockSize } from "./blocks.ts";
import { classSize, type Gather } from "./geometry.ts";
import { TILE_CHANNELS } from "./tile.ts";
import type { GatherLayout, GatherParts, GatherTiling } from "./tiling.ts";

/** The number of blocks along each axis of the result. */
export function blocksOf(
  gather: Gather,
  { imagesPerUnit, rowsPerUnit, channelsPerUnit }: GatherTiling,
): { channels: number; images: number; rows: number } {
  return {
    channels: Math.ceil(gather.resultChannels / channelsPerUnit),
    images: Math.ceil(gather.batch / imagesPerUnit),
    rows: Math.ceil(classSize(gather)[0] / rowsPerUnit),
  };
}

/** Locals of the current unit and its loops. */
export type UnitLocals = ReturnType<typeof declareUnitLocals>;

/** A tile of result channels, of which all positions of the unit are computed. */
export interface ChannelTile {
  readonly scratch: Local;
  readonly at: UnitLocals;
  /** Its first channel, counted within the unit: a multiple of those in a packed tile of weights. */
  readonly first: Local;
  readonly channels: number;
}

/** Declares {@linkcode UnitLocals}. */
export function declareUnitLocals(f: FunctionBuilder) {
  const local = () => f.local("i32");
  return {
    group: local(),
    firstChannel: local(),
    channelCount: local(),
    firstImage: local(),
    imageCount: local(),
    /** Positions of the classes. */
    firstRow: local(),
    rowCount: local(),
    wholeTiles: local(),
    isLastBlock: local(),
    /** Address of the frames, or of the source if it is read directly. */
    frames: local(),
    sums: local(),
    quadTable: local(),
    /** Byte offsets in the table. */
    quadEnd: local(),
    quad: local(),
  };
}

/**
 * Emits the position of a unit. Units are numbered by group, block of channels, block of images,
 * and block of rows. Those with the same `pack` use the same weights.
 */
export function emitUnitPosition(
  f: FunctionBuilder,
  { gather, tiling }: GatherParts,
  { unit, pack, at }: { unit: Local; pack: Local; at: UnitLocals },
): void {
  const { imagesPerUnit, rowsPerUnit, channelsPerUnit } = tiling;
  const blocks = blocksOf(gather, tiling);
  const { batch, resultChannels } = gather;
  const [rows] = classSize(gather);
  const rest = f.local("i32");
  const digit = (size: number, factor: number, result: Local): void => {
    f.get(rest).i32(size).op("i32.rem_u").i32(factor).op("i32.mul").set(result);
    f.get(rest).i32(size).op("i32.div_u").set(rest);
  };
  f.get(unit).set(rest);
  digit(blocks.rows, rowsPerUnit, at.firstRow);
  digit(blocks.images, imagesPerUnit, at.firstImage);
  f.get(rest).set(pack);
  digit(blocks.channels, channelsPerUnit, at.firstChannel);
  f.get(rest).set(at.group);
  emitBlockSize(f, { first: at.firstRow, step: rowsPerUnit, total: rows }, at.rowCount);
  emitBlockSize(f, { first: at.firstImage, step: imagesPerUnit, total: batch }, at.imageCount);
  const channels = { first: at.firstChannel, step: channelsPerUnit, total: resultChannels };
  emitBlockSize(f, channels, at.channelCount);
  f.get(at.channelCount).i32(TILE_CHANNELS).op("i32.div_u").set(at.wholeTiles);
  f.get(at.firstChannel, at.channelCount).op("i32.add").i32(resultChannels).op("i32.eq");
  f.set(at.isLastBlock);
}

/** Emits the table of the addresses of a unit's quads, by image and row. */
export function emitQuadTable(
  f: FunctionBuilder,
  { gather, tiling, layout }: GatherParts,
  quadTable: Local,
): void {
  const { frame, sumRowBytes, sumImageBytes } = layout;
  const [image, row, quad, entry, source, target] = f.locals("i32", 6);
  const { resultStep } = gather;
  f.get(quadTable).set(entry);
  f.for(image, 0, tiling.imagesPerUnit, 1, () => {
    f.for(row, 0, tiling.rowsPerUnit, 1, () => {
      f.get(image).i32(frameImageBytes(gather, layout, tiling)).op("i32.mul");
      f.get(row).i32(frame.indexBytes).op("i32.mul", "i32.add").set(source);
      f.get(image).i32(sumImageBytes).op("i32.mul");
      f.get(row).i32(sumRowBytes * resultStep[0]).op("i32.mul", "i32.add").set(target);
      f.for(quad, 0, quadsPerRow(gather), 1, () => {
        f.get(entry, source).memory("i32.store").get(entry, target).memory("i32.store", 4);
        f.advance(entry, 8);
        f.advance(source, 16);
        f.advance(target, 16 * resultStep[1]);
      });
    });
  });
}

/** Number of quads in a row of pixels of a class. */
export function quadsPerRow(gather: Gather): number {
  return Math.ceil(classSize(gather)[1] / 4);
}

function frameImageBytes(gather: Gather, { frame }: GatherLayout, tiling: GatherTiling): number {
  const { sourceChannels, groups } = gather;
  return frame.channelBytes * sourceChannels * (tiling.inPlace ? groups : 1);
}
