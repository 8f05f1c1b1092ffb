import type { Conv2dKernel } from "../../../graph/kernel.ts";
import type { AdapterProfile, Conv2dTile } from "../../adapter_profile.ts";
import { range } from "../range.ts";
import {
  isUnrolled,
  LEAST_GROUP,
  type PixelGeometry,
  pixelGeometry,
  pixelInvocations,
} from "./geometry.ts";
import { loadsOfRow } from "./row.ts";

/** Fewest source channels of each sharer: with fewer, adding their sums takes too long. */
const LEAST_CHANNELS = 8;

/** A tile, and the number of invocations that share it. */
export interface PixelTiling {
  readonly tile: Conv2dTile;
  readonly sharers: number;
}

/** The tiling with the lowest estimated time; `undefined` if no tile fits. */
export function choosePixelTiling(
  conv: Conv2dKernel,
  profile: AdapterProfile,
): PixelTiling | undefined {
  if (!fitsGroups(conv, profile)) return undefined;
  let best: { tiling: PixelTiling; time: number } | undefined;
  for (const tile of profile.conv2dTiles) {
    const geometry = pixelGeometry(conv, tile.pixels);
    if (!geometry) continue;
    for (const sharers of sharersOf(geometry, profile)) {
      const tiling = { tile, sharers };
      const time = timeOf(conv, geometry, { tiling, profile });
      if (!best || time < best.time) best = { tiling, time };
    }
  }
  return best?.tiling;
}

/** Whether the tiles of an adapter can be used for the groups of a convolution. */
function fitsGroups({ role, sizes }: Conv2dKernel, profile: AdapterProfile): boolean {
  if (sizes.groups === 1) return true;
  const channels = role === "forward" ? sizes.o : sizes.c;
  // Smaller groups would leave most of a tile unused.
  return profile.channelsPerWorkgroup && channels / sizes.groups >= LEAST_GROUP;
}

/** Powers of two that divide the source channels. */
function sharersOf({ summed }: PixelGeometry, { conv2dSharers }: AdapterProfile): number[] {
  const most = Math.max(1, Math.min(conv2dSharers, summed / LEAST_CHANNELS));
  const powers = range(1 + Math.floor(Math.log2(most))).map((exponent) => 2 ** exponent);
  return powers.filter((sharers) => summed % sharers === 0);
}

/** Estimated time of a convolution, in units of one vec4 multiply-add of all invocations. */
function timeOf(
  conv: Conv2dKernel,
  geometry: PixelGeometry,
  { tiling: { tile, sharers }, profile }: {
    readonly tiling: PixelTiling;
    readonly profile: AdapterProfile;
  },
): number {
  const { kernelHeight } = conv.sizes;
  const invocations = sharers * pixelInvocations(conv, geometry, tile);
  const rounds = Math.ceil(invocations / profile.parallelInvocations);
  const trips = (geometry.summed / sharers) * kernelHeight / geometry.rowPhases;
  const written = isUnrolled(conv, geometry, tile) ? kernelHeight : 1;
  const elements = tile.channels * tile.rows * tile.pixels;
  // One invocation loads and adds the sums of the others.
  const adding = (sharers - 1) * elements / 4 * (profile.loadCost + 1);
  return rounds * (trips * timeOfRow(conv, geometry, { tile, profile }) + adding) +
    elements * written * profile.compileCost;
}

/** Estimated time of one invocation for one channel and one row of the weight. */
function timeOfRow(
  { sizes }: Conv2dKernel,
  geometry: PixelGeometry,
  { tile, profile }: { readonly tile: Conv2dTile; readonly profile: AdapterProfile },
): number {
  const { loadCost, channelsPerWorkgroup } = profile;
  const taps = sizes.kernelWidth;
  // Scalar loads of weights need no indices of their own.
  const perWeight = channelsPerWorkgroup ? 0.5 : 1;
  const loads = tile.rows * loadsOfRow(geometry, taps) + perWeight * (taps * tile.channels) / 4;
  const sums = geometry.quads.reduce((sum, [first]) => {
    const met = Array.from({ length: taps }, (_, v) => geometry.sourceOf(first!, v));
    return sum + met.filter((column) => column !== undefined).length;
  }, 0);
  return loads * loadCost + sums * tile.channels * tile.rows;
}
