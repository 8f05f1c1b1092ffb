import { DeviceError } from "../../../graph/errors.ts";
import type { AdapterProfile } from "../../adapter_table.ts";
import { Printer } from "../../wgsl/printer.ts";
import {
  isUnrolled,
  paddedChannels,
  type PixelGeometry,
  pixelGeometry,
  pixelInvocations,
  rowTiles,
} from "./geometry.ts";
import {
  accumulator,
  areRowsWhole,
  type PixelParts,
  printPixelEpilogue,
  rowAt,
} from "./pixels_epilogue.ts";
import { prepareRow, type RowLoader, type SourceRow } from "./row.ts";
import type { Conv2dPixelsKernel } from "../gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";

/** Target number of `vec4f` multiply-adds per channel of a tile in one loop trip. */
const SUMS_PER_TRIP = 16;

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
      printSums(printer, parts);
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
  const channelTiles = Math.ceil(geometry.channels / tile.channels);
  const perImage = all / channelTiles / conv.sizes.n;
  if (profile.channelsPerWorkgroup) {
    const count = all / channelTiles;
    return {
      id: `(group / ${channelTiles}i) * ${workgroupSize}i + lane`,
      count,
      workgroups: channelTiles * Math.ceil(count / workgroupSize),
      channelTile: `group % ${channelTiles}i`,
      image: `id / ${perImage}i`,
    };
  }
  return {
    id: `group * ${workgroupSize}i + lane`,
    count: all,
    workgroups: Math.ceil(all / workgroupSize),
    channelTile: `(id / ${perImage}i) % ${channelTiles}i`,
    image: `id / ${perImage * channelTiles}i`,
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
  printer.emit(`let firstChannel = (${channelTile}) * ${channels}i;`);
  printer.emit(`let image = ${image};`);
  printer.bindAxis(0, "image");
  return height % geometry.rowPhases === 0 ? undefined : `row < ${height}i`;
}

function printSums(printer: Printer, parts: PixelParts): void {
  const { kernel: { conv, tile }, geometry, context: { access } } = parts;
  const { kernelHeight, kernelWidth, stride } = conv.sizes;
  for (let channel = 0; channel < tile.channels; channel++) {
    for (let row = 0; row < tile.rows; row++) {
      geometry.quads.forEach((_, quad) =>
        printer.emit(`var ${accumulator(channel, row, quad)} = vec4f();`)
      );
    }
  }
  printer.emit(`let sourceColumn = tile * ${geometry.sourceStep}i;`);
  const row = prepareRow(printer, {
    geometry,
    kernelWidth,
    slot: conv.a,
    access,
    base: "sourceColumn",
  });
  if (isUnrolled(conv, geometry, tile)) {
    printChannels(printer, parts, row, Array.from({ length: kernelHeight }, (_, u) => `${u}i`));
    return;
  }
  const first = geometry.rowPhases === 1
    ? "0i"
    : `(row + ${conv.sizes.padding[0]}i) % ${stride[0]}i`;
  printer.block(
    `for (var u = ${first}; u < ${kernelHeight}i; u += ${geometry.rowPhases}i)`,
    () => printChannels(printer, parts, row, ["u"]),
  );
}

/** Prints the loop over the summed channels for the given rows of the weight. */
function printChannels(
  printer: Printer,
  parts: PixelParts,
  loader: RowLoader,
  us: readonly string[],
): void {
  const { kernel: { conv, tile }, geometry } = parts;
  const plane = geometry.source[0] * geometry.source[1];
  const { kernelHeight, kernelWidth } = conv.sizes;
  const padded = paddedChannels(geometry, tile);
  const starts = us.map((u) =>
    Array.from({ length: tile.rows }, (_, r) => printSourceRow(printer, parts, u, r))
  );
  printer.block(channelLoop(parts, us.length), () => {
    for (let copy = 0; copy < unrollOf(parts, us.length); copy++) {
      const k = copy === 0 ? "k" : `(k + ${copy}i)`;
      const base = printer.name("base");
      printer.emit(`let ${base} = (image * ${geometry.summed}i + ${k}) * ${plane}i;`);
      us.forEach((u, i) => {
        const weight = printer.name("weight");
        const tap = `(${k} * ${kernelHeight}i + ${u}) * ${kernelWidth * padded}i`;
        printer.emit(`let ${weight} = ${tap} + firstChannel;`);
        const sources = starts[i]!.map(({ start, inside }) =>
          loader.load(printer, `${base} + ${start}`, inside)
        );
        printTaps(printer, parts, { weight, padded, sources });
      });
    }
  });
}

function channelLoop({ geometry, ...parts }: PixelParts, rows: number): string {
  return `for (var k = 0i; k < ${geometry.summed}i; k += ${
    unrollOf({ geometry, ...parts }, rows)
  }i)`;
}

/** Channels per loop trip: more if there is little work per channel. */
function unrollOf({ kernel, geometry }: PixelParts, rows: number): number {
  const sums = rows * kernel.tile.rows * kernel.conv.sizes.kernelWidth * geometry.quads.length /
    geometry.rowPhases;
  for (const copies of [4, 2]) {
    if (geometry.summed % copies === 0 && copies * sums <= SUMS_PER_TRIP) return copies;
  }
  return 1;
}

/** Prints the start of the source row for row `r` of a tile and row `u` of the weight. */
function printSourceRow(
  printer: Printer,
  parts: PixelParts,
  u: string,
  r: number,
): { readonly start: string; readonly inside: string | undefined } {
  const { kernel: { conv: { role, sizes } }, geometry } = parts;
  const [stride, padding, dilation] = [sizes.stride[0], sizes.padding[0], sizes.dilation[0]];
  const y = printer.name("y");
  const row = rowAt(parts, r);
  const position = role === "forward"
    ? `${row} * ${stride}i + ${u} * ${dilation}i - ${padding}i`
    : `(${row} + ${padding}i - ${u} * ${dilation}i) / ${stride}i`;
  printer.emit(`let ${y} = ${position};`);
  const start = printer.name("start");
  const [height, width] = geometry.source;
  const last = (sizes.outHeight - 1) * stride + (sizes.kernelHeight - 1) * dilation - padding;
  if (role === "forward" && padding === 0 && last < height && areRowsWhole(parts)) {
    printer.emit(`let ${start} = ${y} * ${width}i;`);
    return { start, inside: undefined };
  }
  const inside = printer.name("inside");
  printer.emit(`let ${inside} = ${y} >= 0i && ${y} < ${height}i;`);
  printer.emit(`let ${start} = select(0i, ${y} * ${width}i, ${inside});`);
  return { start, inside };
}

/** Prints the multiply-adds of a tile's source rows for one channel. */
function printTaps(
  printer: Printer,
  { kernel: { conv, tile }, geometry, context: { access } }: PixelParts,
  { weight, padded, sources }: {
    readonly weight: string;
    readonly padded: number;
    readonly sources: readonly SourceRow[];
  },
): void {
  for (let v = 0; v < conv.sizes.kernelWidth; v++) {
    const fours = sources.flatMap(({ four }, row) =>
      geometry.quads.flatMap((pixels, quad) => {
        const columns = pixels.map((pixel) => geometry.sourceOf(pixel, v))
          .filter((column) => column !== undefined);
        if (columns.length < 4) return [];
        const name = printer.name("x");
        printer.emit(`let ${name} = ${four(columns)};`);
        return [{ name, row, quad }];
      })
    );
    if (fours.length === 0) continue;
    for (let channel = 0; channel < tile.channels; channel++) {
      if (channel % 4 === 0) {
        const index = `(${weight} + ${v * padded + channel}i) >> 2u`;
        printer.emit(`let ${weight}_${v}_${channel / 4} = ${access.load(conv.b, index, true)};`);
      }
      const factor = `vec4f(${weight}_${v}_${channel >> 2}[${channel % 4}])`;
      for (const { name, row, quad } of fours) {
        const c = accumulator(channel, row, quad);
        printer.emit(`${c} = fma(${factor}, ${name}, ${c});`);
      }
    }
  }
}

function checkTrips({ kernel, geometry, context: { profile } }: PixelParts): void {
  const trips = (geometry.summed + 1) * kernel.conv.sizes.kernelHeight + kernel.tile.channels;
  if (trips <= profile.maxTrips) return;
  throw new DeviceError(
    `Cannot compile kernel "${kernel.label}": an invocation of this adapter makes at most ` +
      `${profile.maxTrips} loop trips: current ${trips} over ${geometry.summed} channels`,
  );
}
