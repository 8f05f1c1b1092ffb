/** The shape of native tiles of a gathering convolution. */
import { type Lanes, VECTOR_REGISTERS } from "../native/registers.ts";
import { frameAxes } from "./frame_layout.ts";
import { classSize, type Gather } from "./geometry.ts";
import { TILE_CHANNELS } from "./tile.ts";

/** Most taps of a class. More would take too much of the cache of instructions. */
const MOST_TAPS = 64;

/** Most result channels of a tile. */
const MOST_CHANNELS = 12;

/** Approximate number of cycles to copy a row of a frame, besides one for each load of a vector. */
const ROW_CYCLES = 4;

/** Most bytes of dense frames of a unit: a part of the L2 cache. */
const DENSE_BYTES = 524288;

/** Fewest sums that hide the latency of multiply-add: 8 do if nothing else ever waits. */
const ENOUGH_SUMS = 10;

/** A tile: result channels times vectors of adjacent positions. */
export interface NativeBlock {
  readonly lanes: Lanes;
  readonly channels: number;
  readonly vectors: number;
  /** Whether the columns of frames are dense: a phase for each tap, and no gap between rows. */
  readonly dense: boolean;
}

/** Images of a unit of work, and rows of each class. */
interface UnitSize {
  readonly images: number;
  readonly rows: number;
}

/**
 * Chooses the tile that takes the least time for units of a size; `undefined` if WebAssembly should
 * compute the convolution.
 */
export function chooseNativeBlock(
  gather: Gather,
  lanes: Lanes,
  size: UnitSize,
): NativeBlock | undefined {
  if (gather.classes.some(({ taps }) => taps.length > MOST_TAPS)) return undefined;
  let best: NativeBlock | undefined;
  let least = Infinity;
  for (const block of candidates(gather, lanes)) {
    const cost = costOf(gather, block, size);
    if (cost >= least) continue;
    best = block;
    least = cost;
  }
  return best;
}

/** The tiles whose sums, vectors, and one weight fit into the registers. */
function candidates({ resultChannels }: Gather, lanes: Lanes): NativeBlock[] {
  const found: NativeBlock[] = [];
  for (let most = MOST_CHANNELS; most > 0; most -= TILE_CHANNELS) {
    const channels = Math.min(most, resultChannels);
    for (let vectors = 1; (most + 1) * vectors < VECTOR_REGISTERS[lanes]; vectors++) {
      for (const dense of [false, true]) found.push({ lanes, channels, vectors, dense });
    }
  }
  return found;
}

/** Approximate number of cycles for a source channel of an image: its terms, and its frame. */
function costOf(
  gather: Gather,
  { channels, vectors, lanes, dense }: NativeBlock,
  { images, rows }: UnitSize,
): number {
  const { sourceChannels, sourceStep, resultChannels, classes } = gather;
  const [, width] = classSize(gather);
  const axes = frameAxes(gather, dense);
  const copies = axes.rows.phases.length * (rows + axes.rows.reach) * axes.columns.phases.length;
  if (dense && 4 * width * copies * sourceChannels * images > DENSE_BYTES) return Infinity;
  const positions = (width + axes.columns.reach) * (rows - 1) + width;
  const tiles = Math.ceil(positions / (vectors * lanes));
  const whole = Math.floor(resultChannels / channels) * costOfTerm(channels, vectors);
  const rest = costOfTerm(resultChannels % channels, vectors);
  const taps = classes.reduce((sum, one) => sum + one.taps.length, 0);
  return taps * tiles * (whole + rest) + copies * (ROW_CYCLES + sourceStep[1] * width / 4);
}

/** Approximate number of cycles per term: two multiply-adds or two loads at a time. */
function costOfTerm(channels: number, vectors: number): number {
  if (channels === 0) return 0;
  const sums = channels * vectors;
  return Math.max(sums, ENOUGH_SUMS, channels + vectors) / 2;
}
