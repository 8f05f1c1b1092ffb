import { DeviceError } from "../../graph/errors.ts";
import type { AdapterProfile } from "../adapter_table.ts";
import { Printer } from "../wgsl/printer.ts";
import { canStoreWide } from "../wgsl/wide_axis.ts";
import {
  paddedChannels,
  type PixelGeometry,
  pixelGeometry,
  pixelInvocations,
} from "./conv2d_geometry.ts";
import { prepareRow, type RowLoader } from "./conv2d_row.ts";
import type { Conv2dPixelsKernel } from "./gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "./kernel_code.ts";
import { printStores } from "./stores.ts";

/** Multiply-adds of a tile's channel that one trip should hold, of `vec4f`. */
const SUMS_PER_TRIP = 16;
/** Rows × columns of a weight whose rows are written out one after the other. */
const UNROLLED_TAPS = 9;

interface Parts {
  readonly kernel: Conv2dPixelsKernel;
  readonly geometry: PixelGeometry;
  readonly context: ShaderContext;
}

/** Prints a convolution: each invocation sums a tile of channels × pixels of one row. */
export function printConv2dPixels(kernel: Conv2dPixelsKernel, context: ShaderContext): KernelCode {
  const geometry = geometryOf(kernel);
  const printer = new Printer(context.access, context.functions);
  const count = pixelInvocations(kernel.conv, geometry, kernel.tile);
  const parts = { kernel, geometry, context };
  checkTrips(parts);
  const body = () => {
    const guards = bindPlace(printer, parts);
    const tile = () => {
      printSums(printer, parts);
      printEpilogue(printer, parts);
    };
    if (guards === undefined) tile();
    else printer.block(`if (${guards})`, tile);
  };
  printer.emit(`let id = group * ${context.workgroupSize}i + lane;`);
  if (count % context.workgroupSize === 0) body();
  else printer.block(`if (id < ${count}i)`, body);
  return { workgroups: Math.ceil(count / context.workgroupSize), text: printer.text };
}

/** Invocations per workgroup that suit it. */
export function conv2dPixelsWorkgroupSize(
  kernel: Conv2dPixelsKernel,
  { conv2dWorkgroup: { most, least, groups } }: AdapterProfile,
): number {
  const count = pixelInvocations(kernel.conv, geometryOf(kernel), kernel.tile);
  let size = most;
  while (size > least && count / size < groups) size /= 2;
  return size;
}

function geometryOf({ conv, tile }: Conv2dPixelsKernel): PixelGeometry {
  const geometry = pixelGeometry(conv, tile.pixels);
  if (geometry) return geometry;
  throw new RangeError(`Cannot print kernel "${conv.label}" in tiles of ${tile.pixels} pixels`);
}

/** Prints where the tile lies and binds the image; gives the test of its row, if any. */
function bindPlace(printer: Printer, { kernel, geometry }: Parts): string | undefined {
  const { pixels, channels } = kernel.tile;
  const [height, width] = geometry.size;
  const perPhase = Math.ceil(height / geometry.rowPhases);
  const rows = perPhase * geometry.rowPhases;
  const tiles = Math.ceil(width / pixels);
  const channelTiles = Math.ceil(geometry.channels / channels);
  const across = `id % ${tiles}i`;
  printer.emit(`let tile = ${tiles === 1 ? "0i" : across};`);
  printer.emit(`let firstColumn = tile * ${pixels}i;`);
  const running = `(id / ${tiles}i) % ${rows}i`;
  if (geometry.rowPhases === 1) printer.emit(`let row = ${running};`);
  else {
    // neighbouring invocations in one phase walk over the same rows of the weight
    printer.emit(`let running = ${running};`);
    const phase = `running / ${perPhase}i`;
    printer.emit(`let row = (running % ${perPhase}i) * ${geometry.rowPhases}i + ${phase};`);
  }
  printer.emit(`let firstChannel = ((id / ${tiles * rows}i) % ${channelTiles}i) * ${channels}i;`);
  printer.emit(`let image = id / ${tiles * rows * channelTiles}i;`);
  printer.bindAxis(0, "image");
  printer.bindAxis(2, "row");
  return rows === height ? undefined : `row < ${height}i`;
}

function accumulator(channel: number, quad: number): string {
  return `c${channel}_${quad}`;
}

function printSums(printer: Printer, parts: Parts): void {
  const { kernel: { conv, tile }, geometry, context: { access } } = parts;
  const { kernelHeight, kernelWidth, stride } = conv.sizes;
  for (let channel = 0; channel < tile.channels; channel++) {
    geometry.quads.forEach((_, quad) =>
      printer.emit(`var ${accumulator(channel, quad)} = vec4f();`)
    );
  }
  printer.emit(`let sourceColumn = tile * ${geometry.sourceStep}i;`);
  const row = prepareRow(printer, {
    geometry,
    kernelWidth,
    slot: conv.a,
    access,
    base: "sourceColumn",
  });
  if (geometry.rowPhases === 1 && kernelHeight * kernelWidth <= UNROLLED_TAPS) {
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

/** The loop over the summed channels, for some rows of the weight. */
function printChannels(
  printer: Printer,
  parts: Parts,
  loader: RowLoader,
  us: readonly string[],
): void {
  const { kernel: { conv, tile }, geometry } = parts;
  const plane = geometry.source[0] * geometry.source[1];
  const { kernelHeight, kernelWidth } = conv.sizes;
  const padded = paddedChannels(geometry, tile);
  const rows = us.map((u) => printSourceRow(printer, parts, u));
  printer.block(channelLoop(parts, us.length), () => {
    for (let copy = 0; copy < unrollOf(parts, us.length); copy++) {
      const k = copy === 0 ? "k" : `(k + ${copy}i)`;
      const base = printer.name("base");
      printer.emit(`let ${base} = (image * ${geometry.summed}i + ${k}) * ${plane}i;`);
      us.forEach((u, i) => {
        const { start, inside } = rows[i]!;
        const weight = printer.name("weight");
        const tap = `(${k} * ${kernelHeight}i + ${u}) * ${kernelWidth * padded}i`;
        printer.emit(`let ${weight} = ${tap} + firstChannel;`);
        const source = loader.load(printer, `${base} + ${start}`, inside);
        printTaps(printer, parts, { weight, padded, four: source.four });
      });
    }
  });
}

function channelLoop({ geometry, ...parts }: Parts, rows: number): string {
  return `for (var k = 0i; k < ${geometry.summed}i; k += ${
    unrollOf({ geometry, ...parts }, rows)
  }i)`;
}

/** Channels in one trip of the loop: more where each has little to do. */
function unrollOf({ kernel, geometry }: Parts, rows: number): number {
  const sums = rows * kernel.conv.sizes.kernelWidth * geometry.quads.length / geometry.rowPhases;
  for (const copies of [4, 2]) {
    if (geometry.summed % copies === 0 && copies * sums <= SUMS_PER_TRIP) return copies;
  }
  return 1;
}

/** Where the source row that meets row `u` of the weight starts, and whether there is one. */
function printSourceRow(
  printer: Printer,
  { kernel: { conv: { role, sizes } }, geometry }: Parts,
  u: string,
): { readonly start: string; readonly inside: string | undefined } {
  const [stride, padding, dilation] = [sizes.stride[0], sizes.padding[0], sizes.dilation[0]];
  const y = printer.name("y");
  const position = role === "forward"
    ? `row * ${stride}i + ${u} * ${dilation}i - ${padding}i`
    : `(row + ${padding}i - ${u} * ${dilation}i) / ${stride}i`;
  printer.emit(`let ${y} = ${position};`);
  const start = printer.name("start");
  const [height, width] = geometry.source;
  const last = (sizes.outHeight - 1) * stride + (sizes.kernelHeight - 1) * dilation - padding;
  if (role === "forward" && padding === 0 && last < height) {
    printer.emit(`let ${start} = ${y} * ${width}i;`);
    return { start, inside: undefined };
  }
  const inside = printer.name("inside");
  printer.emit(`let ${inside} = ${y} >= 0i && ${y} < ${height}i;`);
  printer.emit(`let ${start} = select(0i, ${y} * ${width}i, ${inside});`);
  return { start, inside };
}

/** The multiply-adds of one source row and channel. */
function printTaps(
  printer: Printer,
  { kernel: { conv, tile }, geometry, context: { access } }: Parts,
  { weight, padded, four }: {
    readonly weight: string;
    readonly padded: number;
    readonly four: (columns: readonly number[]) => string;
  },
): void {
  for (let v = 0; v < conv.sizes.kernelWidth; v++) {
    const sources = geometry.quads.map((pixels) =>
      pixels.map((pixel) => geometry.sourceOf(pixel, v))
        .filter((column) => column !== undefined)
    ).map((columns) => {
      if (columns.length < 4) return undefined;
      const name = printer.name("x");
      printer.emit(`let ${name} = ${four(columns)};`);
      return name;
    });
    if (sources.every((source) => source === undefined)) continue;
    for (let channel = 0; channel < tile.channels; channel++) {
      if (channel % 4 === 0) {
        const index = `(${weight} + ${v * padded + channel}i) >> 2u`;
        printer.emit(`let ${weight}_${v}_${channel / 4} = ${access.load(conv.b, index, true)};`);
      }
      const factor = `vec4f(${weight}_${v}_${channel >> 2}[${channel % 4}])`;
      sources.forEach((source, quad) => {
        const c = accumulator(channel, quad);
        if (source) printer.emit(`${c} = fma(${factor}, ${source}, ${c});`);
      });
    }
  }
}

/** The stores of a tile, four columns at a time where they allow it. */
function printEpilogue(printer: Printer, { kernel, geometry, context }: Parts): void {
  const { conv: { stores }, tile } = kernel;
  const width = geometry.size[1];
  const wide = width % 4 === 0 && canStoreWide(stores, 3);
  const placeOf = (channel: number, pixel: number) => {
    const quad = geometry.quads.findIndex((pixels) => pixels.includes(pixel));
    return { name: accumulator(channel, quad), part: geometry.quads[quad]!.indexOf(pixel) };
  };
  const write = (channel: number, pixel: number, text: string) => {
    const guards: string[] = [];
    const position = `(firstChannel + ${channel}i)`;
    const column = `(firstColumn + ${pixel}i)`;
    if (geometry.channels % tile.channels !== 0) guards.push(`${position} < ${geometry.channels}i`);
    if (width % tile.pixels !== 0) guards.push(`${column} < ${width}i`);
    printer.bindAxis(1, position);
    printer.bindAxis(3, column, wide);
    printer.bindResult(0, { text, wide });
    const guard = guards.length > 0 ? { guard: guards.join(" && ") } : {};
    printStores(printer, context.access, { stores, wide, ...guard });
  };
  for (let channel = 0; channel < tile.channels; channel++) {
    for (let pixel = 0; pixel < tile.pixels; pixel += wide ? 4 : 1) {
      const places = [0, 1, 2, 3].map((i) => placeOf(channel, pixel + (wide ? i : 0)));
      const [first] = places;
      const isWhole = places.every(({ name, part }, i) => name === first!.name && part === i);
      const parts = places.map(({ name, part }) => `${name}[${part}]`);
      if (!wide) write(channel, pixel, parts[0]!);
      else write(channel, pixel, isWhole ? first!.name : `vec4f(${parts.join(", ")})`);
    }
  }
}

function checkTrips({ kernel, geometry, context: { profile } }: Parts): void {
  const trips = (geometry.summed + 1) * kernel.conv.sizes.kernelHeight;
  if (trips <= profile.maxTrips) return;
  throw new DeviceError(
    `Cannot compile kernel "${kernel.label}": an invocation of this adapter makes at most ` +
      `${profile.maxTrips} loop trips: current ${trips} over ${geometry.summed} channels`,
  );
}
