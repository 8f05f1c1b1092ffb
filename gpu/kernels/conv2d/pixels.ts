import { DeviceError } from "../../../graph/errors.ts";
import type { AdapterProfile } from "../../adapter_table.ts";
import { Printer } from "../../wgsl/printer.ts";
import {
  channelTiles,
  type PixelGeometry,
  pixelGeometry,
  pixelInvocations,
  rowTiles,
} from "./geometry.ts";
import { type PixelParts, printPixelEpilogue } from "./pixels_epilogue.ts";
import { printPixelSums } from "./pixels_sums.ts";
import type { Conv2dPixelsKernel } from "../gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";

/** Prints a tiled convolution: each invocation sums a tile of channels × rows × pixels. */
export function printConv2dPixels(kernel: Conv2dPixelsKernel, context: ShaderContext): KernelCode {
  const geometry = geometryOf(kernel);
  const printer = new Printer(context.access, context.functions);
  const parts = { kernel, geometry, context };
  checkTrips(parts);
  const { id, count, workgroups, channelTile, image } = spreadOf(parts);
  const body = () => {
    const guards = bindPlace(printer, parts, { channelTile, image });
    const tile = () => {
      printPixelSums(printer, parts);
      printPixelEpilogue(printer, parts);
    };
    if (guards === undefined) tile();
    else printer.block(`if (${guards})`, tile);
  };
  printer.emit(`let id = ${id};`);
  if (count % context.workgroupSize === 0) body();
  else printer.block(`if (id < ${count}i)`, body);
  return { workgroups, text: printer.text };
}

/** How tiles are spread over workgroups. Texts are WGSL. */
interface Spread {
  /** The number of an invocation's tile: of `count`, and in memory order. */
  readonly id: string;
  readonly count: number;
  readonly workgroups: number;
  /** The tile's number along the channels, and its image. */
  readonly channelTile: string;
  readonly image: string;
}

/**
 * Spreads tiles over workgroups. If each workgroup has the same channels, the compiler loads the
 * weights once for all of its invocations.
 */
function spreadOf({ kernel: { conv, tile }, geometry, context }: PixelParts): Spread {
  const { profile, workgroupSize } = context;
  const all = pixelInvocations(conv, geometry, tile);
  const tiles = channelTiles(geometry, tile);
  const perImage = all / tiles / conv.sizes.n;
  if (profile.channelsPerWorkgroup) {
    const count = all / tiles;
    return {
      id: `(group / ${tiles}i) * ${workgroupSize}i + lane`,
      count,
      workgroups: tiles * Math.ceil(count / workgroupSize),
      channelTile: `group % ${tiles}i`,
      image: `id / ${perImage}i`,
    };
  }
  return {
    id: `group * ${workgroupSize}i + lane`,
    count: all,
    workgroups: Math.ceil(all / workgroupSize),
    channelTile: `(id / ${perImage}i) % ${tiles}i`,
    image: `id / ${perImage * tiles}i`,
  };
}

/** Counts the invocations: one for each tile. */
export function conv2dPixelsInvocations(kernel: Conv2dPixelsKernel): number {
  return pixelInvocations(kernel.conv, geometryOf(kernel), kernel.tile);
}

/** Chooses the number of invocations per workgroup. */
export function conv2dPixelsWorkgroupSize(
  kernel: Conv2dPixelsKernel,
  { conv2dWorkgroup: { most, least, groups } }: AdapterProfile,
): number {
  const count = conv2dPixelsInvocations(kernel);
  let size = most;
  while (size > least && count / size < groups) size /= 2;
  return size;
}

function geometryOf({ conv, tile }: Conv2dPixelsKernel): PixelGeometry {
  const geometry = pixelGeometry(conv, tile.pixels);
  if (geometry) return geometry;
  throw new RangeError(`Cannot print kernel "${conv.label}" in tiles of ${tile.pixels} pixels`);
}

/**
 * Prints the position of the tile and binds the image. Returns the test of its first row, if
 * needed.
 */
function bindPlace(
  printer: Printer,
  { kernel, geometry }: PixelParts,
  { channelTile, image }: Pick<Spread, "channelTile" | "image">,
): string | undefined {
  const { pixels, channels, rows } = kernel.tile;
  const [height, width] = geometry.size;
  const perPhase = rowTiles(geometry, kernel.tile);
  const down = perPhase * geometry.rowPhases;
  const tiles = Math.ceil(width / pixels);
  const across = `id % ${tiles}i`;
  printer.emit(`let tile = ${tiles === 1 ? "0i" : across};`);
  printer.emit(`let firstColumn = tile * ${pixels}i;`);
  const running = `(id / ${tiles}i) % ${down}i`;
  if (geometry.rowPhases === 1) {
    printer.emit(`let row = ${rows === 1 ? running : `(${running}) * ${rows}i`};`);
  } else {
    // Adjacent invocations are in the same phase, so they use the same rows of the weight.
    printer.emit(`let running = ${running};`);
    const phase = `running / ${perPhase}i`;
    const step = rows * geometry.rowPhases;
    printer.emit(`let row = (running % ${perPhase}i) * ${step}i + ${phase};`);
  }
  bindChannels(printer, { geometry, channels, channelTile });
  printer.emit(`let image = ${image};`);
  printer.bindAxis(0, "image");
  return height % geometry.rowPhases === 0 ? undefined : `row < ${height}i`;
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

function checkTrips({ kernel, geometry, context: { profile } }: PixelParts): void {
  const trips = (geometry.summed + 1) * kernel.conv.sizes.kernelHeight + kernel.tile.channels;
  if (trips <= profile.maxTrips) return;
  throw new DeviceError(
    `Cannot compile kernel "${kernel.label}": an invocation of this adapter makes at most ` +
      `${profile.maxTrips} loop trips: current ${trips} over ${geometry.summed} channels`,
  );
}
