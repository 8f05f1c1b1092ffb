/**
 * The innermost loops of a gathering convolution: a register block of up to 4 result channels × 4
 * quads of pixels while iterating over channels and taps.
 */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitMultiplyAdd } from "../wasm/vector_idioms.ts";

/** Number of result channels of a whole tile. */
export const TILE_CHANNELS = 4;

/** Bytes of one packed weight vector: one element for each channel of a tile. */
export const WEIGHT_BYTES = 4 * TILE_CHANNELS;

/** Number of quads of pixels for a tile with this many channels, for eight or four accumulators. */
export function quadsPerTile(channels: number): number {
  return channels > 2 ? 2 : 4;
}

/** Most taps to unroll. More are read from a table. */
export const UNROLLED_TAPS = 32;

/** Target number of steps per iteration of the channel loop if there are few taps. */
const STEPS_PER_TURN = 9;

/** Locals shared by all tiles of one function. */
export type TileLocals = ReturnType<typeof declareTileLocals>;

/** Declares {@linkcode TileLocals}. */
export function declareTileLocals(f: FunctionBuilder) {
  return {
    sums: f.locals("v128", 8),
    weights: f.local("v128"),
    broadcast: f.local("v128"),
    pixels: f.locals("v128", 4),
    weightAddress: f.local("i32"),
    /** Address of each quad's source, for the current channel. */
    sources: f.locals("i32", 4),
    /** Address of each quad's sums. */
    targets: f.locals("i32", 4),
    end: f.local("i32"),
    tap: f.local("i32"),
    tapEnd: f.local("i32"),
    shifted: f.locals("i32", 4),
  };
}

/** One tile: `weightAddress`, `sources` and `targets` are set. */
export interface Tile {
  readonly channels: number;
  readonly quads: number;
  readonly sourceChannels: number;
  readonly channelBytes: number;
  /** Byte offset of each tap's pixels. */
  readonly taps: readonly number[];
  /** Address of the table of these offsets, if the taps are not unrolled. */
  readonly tapTable: Local;
  /** Bytes between the sums of adjacent result channels. */
  readonly sumChannelBytes: number;
  /** Bytes between the sums of horizontally adjacent pixels of this class. */
  readonly sumStepBytes: number;
  readonly relaxed: boolean;
}

/** Emits one tile. */
export function emitTile(f: FunctionBuilder, locals: TileLocals, tile: Tile): void {
  forEachSum(locals, tile, (sum) => void f.i32x4(0).set(sum));
  if (tile.taps.length > UNROLLED_TAPS) emitManyTaps(f, locals, tile);
  else emitFewTaps(f, locals, tile);
  forEachSum(locals, tile, (sum, channel, quad) => {
    const target = locals.targets[quad]!;
    const offset = channel * tile.sumChannelBytes;
    if (tile.sumStepBytes === 4) {
      f.get(target, sum).memory("v128.store", offset);
      return;
    }
    for (let lane = 0; lane < 4; lane++) {
      f.get(target, sum);
      f.memoryLane("v128.store32_lane", lane, offset + lane * tile.sumStepBytes);
    }
  });
}

function forEachSum(
  { sums }: TileLocals,
  { channels, quads }: Tile,
  visit: (sum: Local, channel: number, quad: number) => void,
): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let quad = 0; quad < quads; quad++) visit(sums[channel * quads + quad]!, channel, quad);
  }
}

function emitFewTaps(f: FunctionBuilder, locals: TileLocals, tile: Tile): void {
  const { taps, sourceChannels } = tile;
  const perTurn = Math.min(sourceChannels, Math.max(1, Math.floor(STEPS_PER_TURN / taps.length)));
  const rest = sourceChannels % perTurn;
  const turn = (channels: number): void => {
    for (let channel = 0; channel < channels; channel++) {
      taps.forEach((tap, i) => {
        emitStep(f, locals, tile, {
          weight: (channel * taps.length + i) * WEIGHT_BYTES,
          sources: locals.sources,
          pixel: channel * tile.channelBytes + tap,
        });
      });
    }
  };
  const move = (channels: number): void => {
    f.advance(locals.weightAddress, channels * taps.length * WEIGHT_BYTES);
    for (const source of locals.sources.slice(0, tile.quads)) {
      f.advance(source, channels * tile.channelBytes);
    }
  };
  const whole = sourceChannels - rest;
  if (whole === perTurn) {
    turn(perTurn);
    if (rest > 0) move(perTurn);
  } else {
    const weightBytes = whole * taps.length * WEIGHT_BYTES;
    f.get(locals.weightAddress).i32(weightBytes).op("i32.add").set(locals.end);
    f.repeat(whole / perTurn, () => {
      turn(perTurn);
      move(perTurn);
      f.get(locals.weightAddress, locals.end).op("i32.lt_u");
    });
  }
  turn(rest);
}

/** Emits two loops, over channels and over a table of taps. */
function emitManyTaps(f: FunctionBuilder, locals: TileLocals, tile: Tile): void {
  const { weightAddress, sources, shifted, tap, tapEnd, end } = locals;
  const count = tile.taps.length;
  f.get(weightAddress).i32(tile.sourceChannels * count * WEIGHT_BYTES).op("i32.add").set(end);
  f.get(tile.tapTable).i32(4 * count).op("i32.add").set(tapEnd);
  f.repeat(tile.sourceChannels, () => {
    f.get(tile.tapTable).set(tap);
    f.repeat(count, () => {
      for (let quad = 0; quad < tile.quads; quad++) {
        f.get(sources[quad]!, tap).memory("i32.load").op("i32.add").set(shifted[quad]!);
      }
      emitStep(f, locals, tile, { weight: 0, sources: shifted, pixel: 0 });
      f.advance(weightAddress, WEIGHT_BYTES);
      f.get(tap).i32(4).op("i32.add").tee(tap).get(tapEnd).op("i32.lt_u");
    });
    for (const source of sources.slice(0, tile.quads)) f.advance(source, tile.channelBytes);
    f.get(weightAddress, end).op("i32.lt_u");
  });
}

/** Emits the product of one weight vector with one vector of each quad. */
function emitStep(
  f: FunctionBuilder,
  locals: TileLocals,
  tile: Tile,
  { weight, sources, pixel }: { weight: number; sources: readonly Local[]; pixel: number },
): void {
  const { weightAddress, weights, broadcast, pixels } = locals;
  const isSingle = tile.channels === 1;
  f.get(weightAddress).memory(isSingle ? "v128.load32_splat" : "v128.load", weight).set(weights);
  for (let quad = 0; quad < tile.quads; quad++) {
    f.get(sources[quad]!).memory("v128.load", pixel).set(pixels[quad]!);
  }
  for (let channel = 0; channel < tile.channels; channel++) {
    if (isSingle) f.get(weights);
    else f.get(weights, weights).shuffle32(channel, channel, channel, channel);
    f.set(broadcast);
    for (let quad = 0; quad < tile.quads; quad++) {
      const sum = locals.sums[channel * tile.quads + quad]!;
      emitMultiplyAdd(f, tile.relaxed, { sum, a: broadcast, b: pixels[quad]! });
    }
  }
}
