/** Emits the tiles of a gathering convolution as calls of native code. */
import type { NativeProgram } from "../native/native_program.ts";
import type { Tile } from "../native/tile.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { tapOffset } from "./frame_layout.ts";
import type { ChannelTile } from "./gather_units.ts";
import type { ResultClass } from "./geometry.ts";
import type { NativeBlock } from "./native_block.ts";
import { TILE_CHANNELS, WEIGHT_BYTES } from "./tile.ts";
import type { GatherLayout, GatherParts } from "./tiling.ts";

/** Target number of terms per iteration of the channel loop if there are few taps. */
const TERMS_PER_TURN = 8;

/** Most bytes of the weights of a tile: half of the L1 cache. */
const WEIGHTS_BYTES = 16384;

/** A gathering convolution with native tiles. */
export interface NativeGather extends GatherParts {
  readonly native: NativeProgram;
  readonly block: NativeBlock;
  readonly runs: NonNullable<GatherLayout["runs"]>;
}

/** Emits all positions of the unit for a tile of result channels. */
export function emitNativeChannels(
  f: FunctionBuilder,
  parts: NativeGather,
  tile: ChannelTile,
): void {
  const { gather: { classes, sourceChannels, resultStep }, layout: { frame }, block } = parts;
  const tiles = f.local("i32");
  const tileBytes = 4 * block.lanes * block.vectors;
  f.get(tile.at.rowCount).i32(1).op("i32.sub").i32(frame.indexBytes).op("i32.mul");
  f.i32(4 * (frame.width - frame.columns.reach) + tileBytes - 1).op("i32.add");
  f.i32(tileBytes).op("i32.div_u").set(tiles);
  let weightBytes = 0;
  classes.forEach((one, number) => {
    if (one.taps.length === 0) return;
    emitClass(f, parts, { ...tile, one, number, weightBytes, tiles });
    weightBytes += one.taps.length * sourceChannels * WEIGHT_BYTES;
  });
  const isSpread = classes.length > 1 || resultStep.some((step) => step > 1);
  if (isSpread) emitInterleavedSums(f, parts, tile);
}

/** A tile of result channels, for one class of positions. */
interface ClassTile extends ChannelTile {
  readonly one: ResultClass;
  readonly number: number;
  /** Byte offset of the class in a packed tile of weights. */
  readonly weightBytes: number;
  /** Number of native tiles for the positions of an image. */
  readonly tiles: Local;
}

/** Emits the calls for all images, one block of source channels after the other. */
function emitClass(
  f: FunctionBuilder,
  parts: NativeGather,
  { scratch, at, first, channels, one, number, weightBytes, tiles }: ClassTile,
): void {
  const { gather: { sourceChannels }, layout, native, runs } = parts;
  const { frame } = layout;
  const [image, source, frames, a, b, c] = f.locals("i32", 6);
  f.get(scratch, first).i32(layout.tileBytes / TILE_CHANNELS).op("i32.mul", "i32.add");
  f.i32(layout.weights + weightBytes).op("i32.add").set(a);
  f.get(at.frames).set(frames);
  const emitImages = (sources: number, into: Tile["into"]): void => {
    const tile = gatherTile(parts, one, { channels, sources, into });
    f.get(scratch).i32(runs.offset + number * runs.classBytes).op("i32.add").set(c);
    f.get(frames).set(b);
    f.for(image, 0, at.imageCount, 1, () => {
      native.emitCall(f, tile, { a, b, c, tiles });
      f.advance(b, frame.channelBytes * sourceChannels);
      f.advance(c, runs.imageBytes);
    });
    f.advance(a, sources * one.taps.length * WEIGHT_BYTES);
    f.advance(frames, sources * frame.channelBytes);
  };
  const sources = sourcesPerBlock(parts, one, channels);
  const rest = sourceChannels % sources;
  emitImages(sources, "replace");
  f.for(source, sources, sourceChannels - rest, sources, () => emitImages(sources, "continue"));
  if (rest > 0) emitImages(rest, "continue");
}

/**
 * Number of source channels whose weights, for a tile of result channels, stay in the L1 cache for
 * all images of the unit.
 */
function sourcesPerBlock(
  { gather: { sourceChannels }, tiling: { imagesPerUnit } }: NativeGather,
  { taps }: ResultClass,
  channels: number,
): number {
  if (imagesPerUnit === 1) return sourceChannels;
  const cached = Math.max(1, Math.floor(WEIGHTS_BYTES / (4 * channels * taps.length)));
  return Math.ceil(sourceChannels / Math.ceil(sourceChannels / cached));
}

/** The tile of a class: the loop over a number of source channels, around all taps. */
function gatherTile(
  { layout: { frame, tileBytes }, block, runs }: NativeGather,
  { taps }: ResultClass,
  { channels, sources, into }: { channels: number; sources: number; into: Tile["into"] },
): Tile {
  const perTurn = Math.min(sources, Math.max(1, Math.floor(TERMS_PER_TURN / taps.length)));
  const weightBytes = taps.length * WEIGHT_BYTES;
  const vectorBytes = 4 * block.lanes;
  const terms = Array.from({ length: perTurn }, (_, channel) =>
    taps.map((tap, t) => ({
      a: channel * weightBytes + t * WEIGHT_BYTES,
      b: channel * frame.channelBytes + tapOffset(frame, tap),
    }))).flat();
  return {
    rows: Array.from(
      { length: channels },
      (_, c) => tileBytes * Math.floor(c / TILE_CHANNELS) + 4 * (c % TILE_CHANNELS),
    ),
    vectors: Array.from({ length: block.vectors }, (_, v) => vectorBytes * v),
    terms,
    tail: (sources % perTurn) * taps.length,
    loops: [{
      turns: Math.floor(sources / perTurn),
      a: perTurn * weightBytes,
      b: perTurn * frame.channelBytes,
    }],
    copies: 1,
    sums: { row: runs.channelBytes, vector: vectorBytes },
    into,
    next: { a: 0, b: vectorBytes * block.vectors, c: vectorBytes * block.vectors },
  };
}

/** Emits the copy of the runs of all classes to where the epilogue reads sums. */
function emitInterleavedSums(
  f: FunctionBuilder,
  { gather, layout, runs }: NativeGather,
  { scratch, at, channels }: ChannelTile,
): void {
  const { resultStep } = gather;
  const { frame, sumRowBytes, sumImageBytes, sumChannelBytes } = layout;
  const [channel, image, row, quad, from, to] = f.locals("i32", 6);
  const quads = Math.ceil((frame.width - frame.columns.reach) / 4);
  gather.classes.forEach((one, i) => {
    if (one.taps.length === 0) return;
    f.for(channel, 0, channels, 1, () => {
      f.for(image, 0, at.imageCount, 1, () => {
        f.for(row, 0, at.rowCount, 1, () => {
          f.get(scratch, channel).i32(runs.channelBytes).op("i32.mul", "i32.add");
          f.get(image).i32(runs.imageBytes).op("i32.mul", "i32.add");
          f.get(row).i32(frame.indexBytes).op("i32.mul", "i32.add");
          f.i32(runs.offset + i * runs.classBytes).op("i32.add").set(from);
          f.get(at.sums, channel).i32(sumChannelBytes).op("i32.mul", "i32.add");
          f.get(image).i32(sumImageBytes).op("i32.mul", "i32.add");
          f.get(row).i32(sumRowBytes * resultStep[0]).op("i32.mul", "i32.add");
          f.i32(one.firstRow * sumRowBytes + 4 * one.firstColumn).op("i32.add").set(to);
          f.for(quad, 0, quads, 1, () => emitSpreadQuad(f, { from, to }, 4 * resultStep[1]));
        });
      });
    });
  });
}

/** Copies four sums to places `stepBytes` apart, and moves to the next four. */
function emitSpreadQuad(
  f: FunctionBuilder,
  { from, to }: { from: Local; to: Local },
  stepBytes: number,
): void {
  const vector = f.local("v128");
  f.get(from).memory("v128.load").set(vector);
  for (let lane = 0; lane < 4; lane++) {
    f.get(to, vector).memoryLane("v128.store32_lane", lane, lane * stepBytes);
  }
  f.advance(from, 16);
  f.advance(to, 4 * stepBytes);
}
