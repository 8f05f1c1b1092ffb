/** Packs a block of weights so that tiles read it sequentially. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitLaneLoads, emitTransposition } from "../wasm/vector_idioms.ts";
import type { Gather } from "./geometry.ts";
import { TILE_CHANNELS, UNROLLED_TAPS, WEIGHT_BYTES } from "./tile.ts";

/** A block of result channels of one group, to be packed by tile and class. */
interface WeightBlock {
  /** Address of the weights of the block's first result channel. */
  readonly source: Local;
  readonly target: Local;
  /** Number of whole tiles in the block. */
  readonly wholeTiles: Local;
  /** Number of remaining channels in the last block, and whether this is the last block. */
  readonly remainder: number;
  readonly isLast: Local;
  /** Address of the table of the taps' byte offsets within the weights of a channel pair. */
  readonly tapTables: readonly Local[];
}

/** Byte strides of the weight along result channels and source channels. */
export function weightStrides(
  { sourceChannels, resultChannels, weightSize, weightBySource }: Gather,
): { result: number; source: number } {
  const pairBytes = 4 * weightSize;
  return weightBySource
    ? { result: pairBytes, source: pairBytes * resultChannels }
    : { result: pairBytes * sourceChannels, source: pairBytes };
}

/** Emits the packing. The packed layout is [tile][class][source channel][tap][4 channels]. */
export function emitWeightPacking(f: FunctionBuilder, gather: Gather, block: WeightBlock): void {
  const [tile, from, to] = f.locals("i32", 3);
  const { result } = weightStrides(gather);
  f.get(block.source).set(from).get(block.target).set(to);
  f.for(tile, 0, block.wholeTiles, 1, () => {
    emitTilePacking(f, gather, { ...block, from, to, channels: TILE_CHANNELS });
    f.advance(from, TILE_CHANNELS * result);
  });
  if (block.remainder === 0) return;
  f.get(block.isLast).if(() => {
    emitTilePacking(f, gather, { ...block, from, to, channels: block.remainder });
  });
}

type TileBlock = WeightBlock & {
  readonly from: Local;
  readonly to: Local;
  readonly channels: number;
};

/** Packs one tile and advances `to` past it. */
function emitTilePacking(f: FunctionBuilder, gather: Gather, block: TileBlock): void {
  const { from, to, channels } = block;
  const [channel, at] = f.locals("i32", 2);
  const { source } = weightStrides(gather);
  gather.classes.forEach(({ taps }, i) => {
    if (taps.length === 0) return;
    f.get(from).set(at);
    const run = runLength(gather);
    if (channels === TILE_CHANNELS && run >= 4) {
      f.for(channel, 0, gather.sourceChannels * taps.length / run, 1, () => {
        emitRunPacking(f, weightStrides(gather).result, { at, to }, run);
        f.advance(at, source);
      });
      return;
    }
    f.for(channel, 0, gather.sourceChannels, 1, () => {
      if (taps.length <= UNROLLED_TAPS) {
        taps.forEach((tap, t) => {
          emitVector(f, gather, { at, to, channels }, [4 * tap.weight, t * WEIGHT_BYTES]);
        });
        f.advance(to, taps.length * WEIGHT_BYTES);
      } else emitTableTaps(f, gather, { ...block, at, table: block.tapTables[i]! }, taps.length);
      f.advance(at, source);
    });
  });
}

/**
 * Number of weights of one result channel that are contiguous both in memory and in the packed
 * order, or 0.
 */
function runLength({ classes, weightSize, weightBySource, sourceChannels }: Gather): number {
  const [{ taps }, ...others] = classes as [Gather["classes"][number], ...Gather["classes"]];
  const whole = others.length === 0 && taps.length === weightSize;
  if (!whole || taps.some(({ weight }, i) => weight !== i)) return 0;
  return weightBySource ? weightSize : weightSize * sourceChannels;
}

/**
 * Transposes runs of four channels, four weights at a time. The last four may overlap the previous.
 */
function emitRunPacking(
  f: FunctionBuilder,
  stride: number,
  { at, to }: { at: Local; to: Local },
  length: number,
): void {
  const quad = (first: number, [from, into]: readonly [Local, Local]): void => {
    const rows = f.locals("v128", 4);
    rows.forEach((vector, row) => {
      f.get(from).memory("v128.load", row * stride + 4 * first).set(vector);
    });
    emitTransposition(f, rows).forEach((vector, i) => {
      f.get(into, vector).memory("v128.store", (first + i) * WEIGHT_BYTES);
    });
  };
  const whole = length - length % 4;
  if (length % 4 !== 0) quad(length - 4, [at, to]);
  if (length <= UNROLLED_TAPS) {
    for (let first = 0; first < whole; first += 4) quad(first, [at, to]);
  } else {
    const [i, from, into] = f.locals("i32", 3);
    f.get(at).set(from).get(to).set(into);
    f.for(i, 0, whole, 4, () => {
      quad(0, [from, into]);
      f.advance(from, 16);
      f.advance(into, 4 * WEIGHT_BYTES);
    });
  }
  f.advance(to, length * WEIGHT_BYTES);
}

function emitTableTaps(
  f: FunctionBuilder,
  gather: Gather,
  { at, to, table, channels }: TileBlock & { at: Local; table: Local },
  count: number,
): void {
  const [tap, element] = f.locals("i32", 2);
  f.for(tap, 0, 4 * count, 4, () => {
    f.get(at, table, tap).op("i32.add").memory("i32.load").op("i32.add").set(element);
    emitVector(f, gather, { at: element, to, channels }, [0, 0]);
    f.advance(to, WEIGHT_BYTES);
  });
}

function emitVector(
  f: FunctionBuilder,
  gather: Gather,
  { at, to, channels }: { at: Local; to: Local; channels: number },
  [source, target]: readonly [number, number],
): void {
  const stride = weightStrides(gather).result;
  if (channels === TILE_CHANNELS && stride === 4) {
    f.get(to).get(at).memory("v128.load", source).memory("v128.store", target);
    return;
  }
  const vector = f.local("v128");
  const lanes = { address: at, byteOffset: source, laneBytes: stride };
  emitLaneLoads(f, lanes, { vector, count: channels });
  f.get(to, vector).memory("v128.store", target);
}
