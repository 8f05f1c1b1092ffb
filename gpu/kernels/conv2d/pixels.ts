import type { AdapterProfile } from "../../adapter_profile.ts";
import { Printer } from "../../wgsl/printer.ts";
import {
  channelTiles,
  type PixelGeometry,
  pixelGeometry,
  pixelInvocations,
  rowTiles,
} from "./geometry.ts";
import { checkTrips } from "../check_trips.ts";
import { type PixelParts, printPixelEpilogue } from "./pixels_epilogue.ts";
import { printPixelSums, printSharedPixelSums } from "./pixels_sums.ts";
import type { Conv2dPixelsKernel } from "../gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";

/**
 * Prints a tiled convolution: each invocation sums a tile of channels × rows × pixels, or shares it
 * with others that sum other source channels.
 */
export function printConv2dPixels(kernel: Conv2dPixelsKernel, context: ShaderContext): KernelCode {
  const geometry = geometryOf(kernel);
  const printer = new Printer(context.access, context.functions);
  const parts = { kernel, geometry, context };
  const trips = (geometry.summed + 1) * kernel.conv.sizes.kernelHeight + kernel.tile.channels;
  const over = ` over ${geometry.summed} channels`;
  checkTrips(kernel, { trips, place: over, profile: context.profile });
  const spread = spreadOf(parts);
  const outside = printPlace(printer, parts, spread);
  const guarded = (test: string | undefined, body: () => void) =>
    test === undefined ? body() : printer.block(`if (${test})`, body);
  if (kernel.sharers === 1) {
    guarded(outside, () => {
      printPixelSums(printer, parts);
      printPixelEpilogue(printer, parts);
    });
  } else {
    // All invocations reach the barriers. Those outside of the result add up what they can load.
    printPixelSums(printer, parts);
    printSharedPixelSums(printer, parts);
    const first = "share == 0i";
    guarded(
      outside === undefined ? first : `${first} && ${outside}`,
      () => printPixelEpilogue(printer, parts),
    );
  }
  return { workgroups: spread.workgroups, text: printer.text };
}

/** How tiles are spread over workgroups. Texts are WGSL. */
interface Spread {
  /** The number of an invocation's tile: of `count`, and in memory order. */
  readonly id: string;
  readonly count: number;
  readonly workgroups: number;
  /** The tile's number along the channels, its image, and its phase. */
  readonly channelTile: string;
  readonly image: string;
  readonly phase: string;
}

/**
 * Spreads tiles over workgroups. If each workgroup has the same channels and rows of one phase, the
 * compiler loads the weights once for all of its invocations.
 */
function spreadOf({ kernel, geometry, context }: PixelParts): Spread {
  const { conv, tile, sharers } = kernel;
  const { profile, workgroupSize } = context;
  const all = pixelInvocations(conv, geometry, tile);
  const tiles = channelTiles(geometry, tile);
  const { rowPhases } = geometry;
  if (profile.channelsPerWorkgroup) {
    const count = all / tiles / rowPhases;
    const each = tiles * rowPhases;
    const slice = workgroupSize / sharers;
    const inSlice = sharers === 1 ? "lane" : `lane % ${slice}i`;
    return {
      id: `(group / ${each}i) * ${slice}i + ${inSlice}`,
      count,
      workgroups: each * Math.ceil(count / slice),
      channelTile: `group % ${tiles}i`,
      image: `id / ${count / conv.sizes.n}i`,
      phase: `(group / ${tiles}i) % ${rowPhases}i`,
    };
  }
  const perImage = all / tiles / conv.sizes.n;
  // Adjacent invocations are in the same phase, so they use the same rows of the weight.
  const rows = rowTiles(geometry, tile);
  return {
    id: `group * ${workgroupSize}i + lane`,
    count: all,
    workgroups: Math.ceil(all / workgroupSize),
    channelTile: `(id / ${perImage}i) % ${tiles}i`,
    image: `id / ${perImage * tiles}i`,
    phase: `(id / ${perImage / rows / rowPhases}i) % ${rows * rowPhases}i / ${rows}i`,
  };
}

/** Counts the invocations: one for each tile, or several that share it. */
export function conv2dPixelsInvocations(kernel: Conv2dPixelsKernel): number {
  return kernel.sharers * pixelInvocations(kernel.conv, geometryOf(kernel), kernel.tile);
}

/** Chooses the number of invocations per workgroup. */
export function conv2dPixelsWorkgroupSize(
  kernel: Conv2dPixelsKernel,
  { conv2dWorkgroup: { most, least, groups } }: AdapterProfile,
): number {
  const count = conv2dPixelsInvocations(kernel) / kernel.sharers;
  let size = most;
  while (size > least && count / size < groups) size /= 2;
  return size * kernel.sharers;
}

function geometryOf({ conv, tile }: Conv2dPixelsKernel): PixelGeometry {
  const geometry = pixelGeometry(conv, tile.pixels);
  if (geometry) return geometry;
  throw new RangeError(`Cannot print kernel "${conv.label}" in tiles of ${tile.pixels} pixels`);
}

/**
 * Prints the position of the tile and binds the image. Returns the test of whether it is inside of
 * the result, if needed.
 */
function printPlace(
  printer: Printer,
  { kernel, geometry, context }: PixelParts,
  { id, count, channelTile, image, phase }: Spread,
): string | undefined {
  const { tile: { pixels, channels, rows }, sharers } = kernel;
  const [height, width] = geometry.size;
  const perPhase = rowTiles(geometry, kernel.tile);
  const tiles = Math.ceil(width / pixels);
  const slice = context.workgroupSize / sharers;
  const tests = [
    ...(count % slice === 0 ? [] : [`${sharers === 1 ? "id" : "place"} < ${count}i`]),
    ...(height % geometry.rowPhases === 0 ? [] : [`row < ${height}i`]),
  ];
  if (sharers > 1) {
    printer.emit(`let share = lane / ${slice}i;`);
    printer.emit(`let place = ${id};`);
    printer.emit(`let id = min(place, ${count - 1}i);`);
  } else printer.emit(`let id = ${id};`);
  const across = `id % ${tiles}i`;
  printer.emit(`let tile = ${tiles === 1 ? "0i" : across};`);
  printer.emit(`let firstColumn = tile * ${pixels}i;`);
  const running = `(id / ${tiles}i) % ${perPhase}i`;
  if (geometry.rowPhases === 1) {
    printer.emit(`let row = ${rows === 1 ? running : `(${running}) * ${rows}i`};`);
  } else {
    printer.emit(`let phase = ${phase};`);
    printer.emit(`let row = (${running}) * ${rows * geometry.rowPhases}i + phase;`);
  }
  bindChannels(printer, { geometry, channels, channelTile });
  printer.emit(`let image = ${image};`);
  printer.bindAxis(0, "image");
  return tests.length === 0 ? undefined : tests.join(" && ");
}

/** Prints the first channel of the tile within its group, and the group if there are several. */
function bindChannels(
  printer: Printer,
  { geometry, channels, channelTile }: {
    readonly geometry: PixelGeometry;
    readonly channels: number;
    readonly channelTile: string;
  },
): void {
  if (geometry.groups === 1) {
    printer.emit(`let firstChannel = (${channelTile}) * ${channels}i;`);
    return;
  }
  const perGroup = Math.ceil(geometry.channels / channels);
  printer.emit(`let channelGroup = (${channelTile}) / ${perGroup}i;`);
  printer.emit(`let firstChannel = (${channelTile}) % ${perGroup}i * ${channels}i;`);
}
