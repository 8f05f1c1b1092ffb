/** The shape of native tiles of a gathering convolution. */
import { type Lanes, VECTOR_REGISTERS } from "../native/registers.ts";
import type { Gather } from "./geometry.ts";
import { TILE_CHANNELS } from "./tile.ts";

/** Most taps of a class. More would take too much of the cache of instructions. */
const MOST_TAPS = 64;

/** Most result channels of a tile. */
const MOST_CHANNELS = 12;

/** Fewest sums that hide the latency of multiply-add. */
const ENOUGH_SUMS = 8;

/** A tile: result channels times vectors of adjacent positions. */
export interface NativeBlock {
  readonly lanes: Lanes;
  readonly channels: number;
  readonly vectors: number;
}

/**
 * Chooses the tile for a number of positions that takes the least time; `undefined` if WebAssembly
 * should compute the convolution.
 */
export function chooseNativeBlock(
  { resultChannels, classes }: Gather,
  lanes: Lanes,
  positions: number,
): NativeBlock | undefined {
  if (classes.some(({ taps }) => taps.length > MOST_TAPS)) return undefined;
  let best: NativeBlock | undefined;
  let least = Infinity;
  for (const block of candidates(lanes)) {
    const channels = Math.min(block.channels, resultChannels);
    const tiles = Math.ceil(positions / (block.vectors * lanes));
    const rest = resultChannels % channels;
    const cost = tiles * (Math.floor(resultChannels / channels) * costOf(channels, block.vectors) +
      (rest > 0 ? costOf(rest, block.vectors) : 0));
    if (cost >= least) continue;
    best = { ...block, channels };
    least = cost;
  }
  return best;
}

/** The tiles whose sums, vectors, and one weight fit into the registers. */
function candidates(lanes: Lanes): NativeBlock[] {
  const found: NativeBlock[] = [];
  for (let channels = MOST_CHANNELS; channels > 0; channels -= TILE_CHANNELS) {
    for (let vectors = 1; (channels + 1) * vectors < VECTOR_REGISTERS[lanes]; vectors++) {
      found.push({ lanes, channels, vectors });
    }
  }
  return found;
}

/** Approximate number of cycles per term: two multiply-adds or two loads at a time. */
function costOf(channels: number, vectors: number): number {
  const sums = channels * vectors;
  return Math.max(sums, ENOUGH_SUMS, channels + vectors) / 2;
}
