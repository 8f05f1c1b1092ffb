/** Emits the tiles of a gathering convolution as WebAssembly. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { tapOffset } from "./frame_layout.ts";
import { type ChannelTile, quadsPerRow } from "./gather_units.ts";
import type { ResultClass } from "./geometry.ts";
import { emitTile, quadsPerTile, TILE_CHANNELS, type TileLocals, WEIGHT_BYTES } from "./tile.ts";
import type { GatherParts } from "./tiling.ts";

/** A gathering convolution without native tiles. */
export interface WasmGather extends GatherParts {
  readonly relaxed: boolean;
  readonly locals: TileLocals;
  /** For each class with many taps, the address of the table of their offsets. */
  readonly tapTables: readonly Local[];
}

/** Emits all positions of the unit for a tile of result channels. */
export function emitWasmChannels(f: FunctionBuilder, parts: WasmGather, tile: ChannelTile): void {
  const { gather } = parts;
  const { imageCount, rowCount, quadEnd } = tile.at;
  f.get(imageCount, rowCount).op("i32.mul").i32(8 * quadsPerRow(gather)).op("i32.mul").set(quadEnd);
  let weightBytes = 0;
  for (const one of gather.classes) {
    if (one.taps.length === 0) continue;
    emitQuads(f, parts, { ...tile, one, weightBytes });
    weightBytes += one.taps.length * gather.sourceChannels * WEIGHT_BYTES;
  }
}

/** A tile of result channels, for one class of positions. */
interface ClassTile extends ChannelTile {
  readonly one: ResultClass;
  /** Byte offset of the class in a packed tile of weights. */
  readonly weightBytes: number;
}

function emitQuads(f: FunctionBuilder, parts: WasmGather, tile: ClassTile): void {
  const { quad, quadEnd } = tile.at;
  const quads = quadsPerTile(tile.channels);
  const wholeEnd = f.local("i32");
  f.get(quadEnd).i32(8 * (quads - 1)).op("i32.sub").set(wholeEnd);
  f.for(quad, 0, wholeEnd, 8 * quads, () => emitQuadTile(f, parts, tile, quads));
  f.for(quad, quad, quadEnd, 8, () => emitQuadTile(f, parts, tile, 1));
}

function emitQuadTile(
  f: FunctionBuilder,
  { gather, layout, locals, tapTables, relaxed }: WasmGather,
  { scratch, at, first, channels, one, weightBytes }: ClassTile,
  quads: number,
): void {
  const { sumRowBytes, sumChannelBytes, frame, weights, tileBytes } = layout;
  const start = one.firstRow * sumRowBytes + 4 * one.firstColumn;
  const entry = f.local("i32");
  f.get(at.quadTable, at.quad).op("i32.add").set(entry);
  for (let i = 0; i < quads; i++) {
    f.get(at.frames, entry).memory("i32.load", 8 * i).op("i32.add");
    f.set(locals.sources[i]!);
    f.get(at.sums, entry).memory("i32.load", 8 * i + 4).op("i32.add");
    if (start > 0) f.i32(start).op("i32.add");
    f.set(locals.targets[i]!);
  }
  f.get(scratch, first).i32(tileBytes / TILE_CHANNELS).op("i32.mul", "i32.add");
  f.i32(weights + weightBytes).op("i32.add").set(locals.weightAddress);
  emitTile(f, locals, {
    channels,
    quads,
    sourceChannels: gather.sourceChannels,
    channelBytes: frame.channelBytes,
    taps: one.taps.map((tap) => tapOffset(frame, tap)),
    tapTable: tapTables[gather.classes.indexOf(one)]!,
    sumChannelBytes,
    sumStepBytes: 4 * gather.resultStep[1],
    relaxed,
  });
}
