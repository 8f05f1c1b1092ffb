import { type Conv2dKernel, conv2dSpace, type LoopKernel } from "../../../graph/kernel.ts";
import { conv2dAsLoop } from "../../../graph/kernels/conv2d_loop.ts";
import { linearIndex, s } from "../../../graph/scalar/mod.ts";
import { elementCount, type Shape } from "../../../graph/types.ts";
import type { AdapterProfile, Conv2dWeightTile } from "../../adapter_profile.ts";
import { choosePixelTiling, type PixelTiling } from "./choose_pixel_tile.ts";
import { paddedChannels, pixelGeometry } from "./geometry.ts";
import { weightTrips } from "./weight_sums.ts";
import { partCount, weightBlocks } from "./weight_blocks.ts";
import type { GpuKernel, WeightSplits } from "../gpu_kernel.ts";
import type { Scratch, Stages } from "../stages.ts";
import { sumOfParts } from "../sum_of_parts.ts";

/** Widest weight that is tiled. A wider one would make the shader too long. */
const WIDEST_WEIGHT = 11;

/**
 * Splits a convolution that has terms into stages where that is faster than its loop form.
 * `scratch` allocates a slot for the given number of `f32` elements.
 */
export function conv2dStages(
  kernel: Conv2dKernel,
  profile: AdapterProfile,
  scratch: Scratch,
): Stages {
  const { outer, inner } = conv2dAsLoop(kernel);
  if (elementCount([...outer, ...inner]) === 0) return { main: kernel };
  if (kernel.role === "weightGradient") return weightStages(kernel, profile, scratch);
  const tiling = choosePixelTiling(kernel, profile);
  return tiling ? pixelStages(kernel, tiling, scratch) : { main: kernel };
}

function pixelStages(
  kernel: Conv2dKernel,
  { tile, sharers }: PixelTiling,
  scratch: Scratch,
): Stages {
  const geometry = pixelGeometry(kernel, tile.pixels);
  if (!geometry) return { main: kernel };
  const { kernelHeight, kernelWidth } = kernel.sizes;
  const channels = paddedChannels(geometry, tile);
  const { groups, summed } = geometry;
  const ofGroup = [summed, kernelHeight, kernelWidth, channels];
  const shape = groups === 1 ? ofGroup : [groups, ...ofGroup];
  const slot = scratch(elementCount(shape));
  return {
    before: { kernel: packedWeight(kernel, { slot, shape }), source: kernel.b },
    main: {
      kind: "conv2dPixels",
      label: kernel.label,
      conv: { ...kernel, b: slot },
      tile,
      sharers,
    },
  };
}

/**
 * A kernel that packs a weight as [summed channel, row, column, result channel], padded with zeros,
 * for each group if there are several.
 */
function packedWeight(
  { label, role, sizes, b }: Conv2dKernel,
  { slot, shape }: { readonly slot: number; readonly shape: Shape },
): GpuKernel {
  const { groups } = sizes;
  const axes = shape.map((size, axis) => s.axis(axis, size));
  const [summed, u, v, channel] = axes.slice(-4);
  const count = (role === "forward" ? sizes.o : sizes.c) / groups;
  const weight = [sizes.o, sizes.c / groups, sizes.kernelHeight, sizes.kernelWidth];
  const isPadded = shape.at(-1) !== count;
  const within = isPadded ? s.min(channel!, s.int(count - 1)) : channel!;
  const [ofGroup, c] = role === "forward" ? [within, summed!] : [summed!, within];
  const o = groups === 1 ? ofGroup : s.add(s.mul(axes[0]!, s.int(sizes.o / groups)), ofGroup);
  const at = [o, c, u!, v!];
  const value = s.load(b, "f32", linearIndex(at, weight));
  const loop: LoopKernel = {
    kind: "loop",
    label: `${label}, pack weight`,
    outer: shape,
    inner: [],
    reductions: [],
    innerStores: [],
    outerStores: [{
      slot,
      index: linearIndex(axes, shape),
      value: isPadded ? s.select(s.lt(channel!, s.int(count)), value, s.const(0)) : value,
    }],
  };
  return { kind: "conv2dPacking", label: loop.label, loop };
}

function weightStages(
  kernel: Conv2dKernel,
  profile: AdapterProfile,
  scratch: Scratch,
): Stages {
  const { label, sizes } = kernel;
  if (sizes.kernelWidth > WIDEST_WEIGHT) return { main: kernel };
  const blocks = profile.conv2dWeightProducts ? weightBlocks(sizes) : undefined;
  if (blocks) {
    const parts = partCount(sizes, blocks, profile);
    return inParts(kernel, parts, scratch, (conv) => ({
      kind: "conv2dWeightProduct",
      label,
      conv,
      parts,
    }));
  }
  if (sizes.groups !== 1) return { main: kernel };
  const tile = chooseWeightTile(sizes, profile);
  const splits = chooseSplits(sizes, tile, profile);
  const parts = splits.images * splits.rows;
  return inParts(kernel, parts, scratch, (conv) => ({
    kind: "conv2dWeight",
    label,
    conv,
    tile,
    splits,
  }));
}

/** The stages of a weight gradient that is summed in parts; `mainOf` makes the kernel. */
function inParts(
  kernel: Conv2dKernel,
  parts: number,
  scratch: Scratch,
  mainOf: (conv: Conv2dKernel) => GpuKernel,
): Stages {
  if (parts === 1) return { main: mainOf(kernel) };
  const { label, stores } = kernel;
  const shape = conv2dSpace(kernel);
  const { partStore, sum } = sumOfParts(
    { label, shape, stores },
    { parts, partAxis: shape.length, scratch },
  );
  return { main: mainOf({ ...kernel, stores: [partStore] }), after: sum };
}

/** Chooses the tile with the lowest estimated time, assuming that the adapter is saturated. */
function chooseWeightTile(sizes: Conv2dKernel["sizes"], profile: AdapterProfile): Conv2dWeightTile {
  const { conv2dWeightTiles, conv2dAccumulators, loadCost } = profile;
  const quads = sizes.n * sizes.outHeight * Math.ceil(sizes.outWidth / 4) * sizes.kernelHeight;
  const timed = conv2dWeightTiles.map((tile) => {
    const tiles = Math.ceil(sizes.o / tile.out) * Math.ceil(sizes.c / tile.in);
    const sums = tile.out * tile.in * sizes.kernelWidth;
    const loads = tile.out + tile.in * sizes.stride[1];
    const run = (tiles * quads * (sums + loads * loadCost)) / profile.parallelInvocations;
    return { tile, sums, time: run + 4 * sums * profile.compileCost };
  });
  const fitting = timed.filter(({ sums }) => sums <= conv2dAccumulators);
  const [smallest] = timed.toSorted((a, b) => a.sums - b.sums);
  const best = fitting.length > 0 ? fitting.reduce((a, b) => b.time < a.time ? b : a) : smallest;
  if (!best) throw new RangeError("Cannot choose a tile: the adapter table has none");
  return best.tile;
}

/**
 * Chooses the fewest splits that saturate the device, keep sums short, and respect the trip limit.
 */
function chooseSplits(
  sizes: Conv2dKernel["sizes"],
  tile: Conv2dWeightTile,
  { conv2dWeightInvocations, conv2dWeightTerms, maxTrips }: AdapterProfile,
): WeightSplits {
  const tiles = Math.ceil(sizes.o / tile.out) * Math.ceil(sizes.c / tile.in) * sizes.kernelHeight;
  const terms = sizes.n * sizes.outHeight * sizes.outWidth;
  let wanted = Math.ceil(Math.max(conv2dWeightInvocations / tiles, terms / conv2dWeightTerms));
  for (;; wanted *= 2) {
    const perImage = Math.ceil(sizes.n / Math.min(sizes.n, wanted));
    const images = Math.ceil(sizes.n / perImage);
    const perRow = Math.ceil(
      sizes.outHeight / Math.min(sizes.outHeight, Math.ceil(wanted / images)),
    );
    const splits = { images, rows: Math.ceil(sizes.outHeight / perRow) };
    const isFinest = perImage === 1 && perRow === 1;
    if (isFinest || weightTrips(sizes, { tile, splits }) <= maxTrips) return splits;
  }
}
