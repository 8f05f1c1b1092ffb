import type { Printer } from "../../wgsl/printer.ts";
import { isUnrolled, paddedChannels, type PixelGeometry } from "./geometry.ts";
import { accumulator, areRowsWhole, type PixelParts, rowAt } from "./pixels_epilogue.ts";
import { areRowsAligned, prepareRow, type RowLoader, type SourceRow } from "./row.ts";

/** Most `vec4f` multiply-adds in one loop trip, if it takes several source channels. */
const MULTIPLY_ADDS_PER_TRIP = 144;
/** The same for each channel of a tile, where indices are recomputed. */
const SUMS_PER_TRIP = 16;

/** Prints the sums of a tile over all source channels and the rows of the weight. */
export function printPixelSums(printer: Printer, parts: PixelParts): void {
  const { kernel: { conv, tile }, geometry, context: { access, profile } } = parts;
  const { kernelHeight, kernelWidth, stride } = conv.sizes;
  for (let channel = 0; channel < tile.channels; channel++) {
    for (let row = 0; row < tile.rows; row++) {
      geometry.quads.forEach((_, quad) =>
        printer.emit(`var ${accumulator(channel, row, quad)} = vec4f();`)
      );
    }
  }
  const unit = profile.channelsPerWorkgroup && areRowsAligned(geometry) ? 4 : 1;
  printer.emit(`let sourceColumn = tile * ${geometry.sourceStep / unit}i;`);
  const row = prepareRow(printer, {
    geometry,
    kernelWidth,
    slot: conv.a,
    access,
    base: "sourceColumn",
    unit,
  });
  const print = profile.channelsPerWorkgroup ? printWithPointers : printWithIndices;
  if (isUnrolled(conv, geometry, tile)) {
    print(printer, parts, row, Array.from({ length: kernelHeight }, (_, u) => `${u}i`));
    return;
  }
  const first = geometry.rowPhases === 1
    ? "0i"
    : `(row + ${conv.sizes.padding[0]}i) % ${stride[0]}i`;
  printer.block(
    `for (var u = ${first}; u < ${kernelHeight}i; u += ${geometry.rowPhases}i)`,
    () => print(printer, parts, row, ["u"]),
  );
}

/** Prints the loop over the summed channels for the given rows of the weight. */
function printWithIndices(
  printer: Printer,
  parts: PixelParts,
  loader: RowLoader,
  us: readonly string[],
): void {
  const { kernel: { conv, tile }, geometry, context: { access } } = parts;
  const plane = geometry.source[0] * geometry.source[1];
  const { kernelHeight, kernelWidth } = conv.sizes;
  const padded = paddedChannels(geometry, tile);
  const starts = us.map((u) =>
    Array.from({ length: tile.rows }, (_, r) => printSourceRow(printer, parts, { u, r, unit: 1 }))
  );
  const copies = copiesOf(parts, us.length, { most: 4, sums: SUMS_PER_TRIP });
  printer.block(channelLoop(geometry, copies), () => {
    for (let copy = 0; copy < copies; copy++) {
      const k = copy === 0 ? "k" : `(k + ${copy}i)`;
      const base = printer.name("base");
      printer.emit(`let ${base} = (image * ${geometry.summed}i + ${k}) * ${plane}i;`);
      us.forEach((u, i) => {
        const weight = printer.name("weight");
        const tap = `(${k} * ${kernelHeight}i + ${u}) * ${kernelWidth * padded}i`;
        printer.emit(`let ${weight} = ${tap} + firstChannel;`);
        const sources = starts[i]!.map(({ start, inside }) =>
          loader.load(printer, `${base} + ${start}`, loader.tests(inside))
        );
        printTaps(printer, parts, sources, {
          weight,
          load: (v, channel) =>
            access.load(conv.b, `(${weight} + ${v * padded + channel}i) >> 2u`, true),
        });
      });
    }
  });
}

/**
 * The same as `printWithIndices`, for hardware: indices are variables that each trip increments,
 * and count vec4s where they can. Compilers for hardware do not simplify `(a + b) >> 2`, nor move
 * tests out of a loop.
 */
function printWithPointers(
  printer: Printer,
  parts: PixelParts,
  loader: RowLoader,
  us: readonly string[],
): void {
  const { kernel: { conv, tile }, geometry, context: { access } } = parts;
  const { unit } = loader;
  const plane = geometry.source[0] * geometry.source[1] / unit;
  const { kernelHeight, kernelWidth } = conv.sizes;
  // in vec4s
  const column = paddedChannels(geometry, tile) / 4;
  const row = kernelWidth * column;
  const sums = MULTIPLY_ADDS_PER_TRIP / tile.channels;
  const copies = copiesOf(parts, us.length, { most: 8, sums });
  const rows = us.map((u) =>
    Array.from({ length: tile.rows }, (_, r) => printPointer(printer, parts, loader, { u, r }))
  );
  const group = geometry.groups === 1
    ? ""
    : ` + channelGroup * ${geometry.summed * kernelHeight * row}i`;
  printer.emit(`var weight = ${us[0]} * ${row}i + firstChannel / 4i${group};`);
  printer.block(channelLoop(geometry, copies), () => {
    for (let copy = 0; copy < copies; copy++) {
      us.forEach((_, i) => {
        const sources = rows[i]!.map(({ pointer, tests }) =>
          loader.load(printer, plus(pointer, copy * plane), tests)
        );
        const first = (copy * kernelHeight + i) * row;
        printTaps(printer, parts, sources, {
          weight: printer.name("weight"),
          load: (v, channel) =>
            access.load(conv.b, plus("weight", first + v * column + channel / 4), true),
        });
      });
    }
    for (const { pointer } of rows.flat()) printer.emit(`${pointer} += ${copies * plane}i;`);
    printer.emit(`weight += ${copies * kernelHeight * row}i;`);
  });
}

/** Declares the pointer to a source row, and names the tests of its columns. */
function printPointer(
  printer: Printer,
  parts: PixelParts,
  loader: RowLoader,
  { u, r }: { readonly u: string; readonly r: number },
): { readonly pointer: string; readonly tests: readonly string[] } {
  const { geometry: { groups, source, summed } } = parts;
  const { unit } = loader;
  const image = groups === 1 ? "image" : `(image * ${groups}i + channelGroup)`;
  const { start, inside } = printSourceRow(printer, parts, { u, r, unit });
  const pointer = printer.name("source");
  const plane = source[0] * source[1] / unit;
  printer.emit(`var ${pointer} = ${image} * ${summed * plane}i + ${start};`);
  return { pointer, tests: nameTests(printer, loader.tests(inside)) };
}

function plus(pointer: string, offset: number): string {
  return offset === 0 ? pointer : `${pointer} + ${offset}i`;
}

/** Evaluates each distinct test once, outside of the loop. */
function nameTests(printer: Printer, tests: readonly string[]): string[] {
  const names = new Map<string, string>();
  for (const test of new Set(tests)) {
    if (!test.includes("&&")) continue;
    const name = printer.name("inside");
    printer.emit(`let ${name} = ${test};`);
    names.set(test, name);
  }
  return tests.map((test) => names.get(test) ?? test);
}

function channelLoop({ summed }: PixelGeometry, copies: number): string {
  return `for (var k = 0i; k < ${summed}i; k += ${copies}i)`;
}

/** Source channels per loop trip: more if there is little work per channel. */
function copiesOf(
  { kernel, geometry }: PixelParts,
  rows: number,
  { most, sums }: {
    readonly most: number;
    /** Most multiply-adds for each channel of the tile. */
    readonly sums: number;
  },
): number {
  const each = rows * kernel.tile.rows * kernel.conv.sizes.kernelWidth * geometry.quads.length /
    geometry.rowPhases;
  for (let copies = most; copies > 1; copies /= 2) {
    if (geometry.summed % copies === 0 && copies * each <= sums) return copies;
  }
  return 1;
}

/**
 * Prints the start, in units, of the source row for row `r` of a tile and row `u` of the weight.
 */
function printSourceRow(
  printer: Printer,
  parts: PixelParts,
  { u, r, unit }: { readonly u: string; readonly r: number; readonly unit: RowLoader["unit"] },
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
    printer.emit(`let ${start} = ${y} * ${width / unit}i;`);
    return { start, inside: undefined };
  }
  const inside = printer.name("inside");
  printer.emit(`let ${inside} = ${y} >= 0i && ${y} < ${height}i;`);
  printer.emit(`let ${start} = select(0i, ${y} * ${width / unit}i, ${inside});`);
  return { start, inside };
}

/** Prints the multiply-adds of a tile's source rows for one channel and row of the weight. */
function printTaps(
  printer: Printer,
  { kernel: { conv, tile }, geometry }: PixelParts,
  sources: readonly SourceRow[],
  { weight, load }: {
    /** A prefix for the names of its elements. */
    readonly weight: string;
    /** WGSL for four adjacent channels of a column. */
    readonly load: (v: number, channel: number) => string;
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
        printer.emit(`let ${weight}_${v}_${channel / 4} = ${load(v, channel)};`);
      }
      const factor = `vec4f(${weight}_${v}_${channel >> 2}[${channel % 4}])`;
      for (const { name, row, quad } of fours) {
        const c = accumulator(channel, row, quad);
        printer.emit(`${c} = fma(${factor}, ${name}, ${c});`);
      }
    }
  }
}
