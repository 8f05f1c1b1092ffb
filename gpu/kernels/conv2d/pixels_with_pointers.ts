import type { Printer } from "../../wgsl/printer.ts";
import { lastIndex } from "../last_index.ts";
import { plus } from "../plus.ts";
import { paddedChannels } from "./geometry.ts";
import type { PixelParts } from "./pixels_epilogue.ts";
import { channelLoop, copiesOf, printTaps } from "./pixel_taps.ts";
import type { RowLoader } from "./row.ts";
import { printSourceRow, type WeightRow } from "./source_row.ts";

/** Most `vec4f` multiply-adds in one loop trip, if it takes several source channels. */
const MULTIPLY_ADDS_PER_TRIP = 144;

/**
 * Prints the loop over the source channels for the given rows of the weight. Indices are variables
 * that each trip increments, and count vec4s where they can. Compilers for hardware do not simplify
 * `(a + b) >> 2`, nor move tests out of a loop.
 */
export function printWithPointers(
  printer: Printer,
  parts: PixelParts,
  loader: RowLoader,
  us: readonly WeightRow[],
): void {
  const { kernel: { conv, tile, sharers }, geometry, context: { access } } = parts;
  const plane = geometry.source[0] * geometry.source[1] / loader.unit;
  const { kernelHeight } = conv.sizes;
  const { column, row } = weightSizes(parts);
  const sums = MULTIPLY_ADDS_PER_TRIP / tile.channels;
  const copies = copiesOf(parts, us.length, { most: 16, sums });
  const rows = us.map((u) =>
    Array.from({ length: tile.rows }, (_, r) => printPointer(printer, parts, loader, { u, r }))
  );
  printer.emit(`var weight = ${firstWeight(parts, us[0]!)};`);
  printer.block(channelLoop(geometry.summed / sharers, copies), () => {
    printer.emit(`let firstWeight = weight & ${lastIndex(4)};`);
    const placesOf = rows.map((tileRows) =>
      tileRows.map(({ pointer }) => preparePlaces(printer, loader, pointer))
    );
    for (let copy = 0; copy < copies; copy++) {
      us.forEach((_, i) => {
        const sources = rows[i]!.map(({ tests }, r) =>
          loader.load(printer, placesOf[i]![r]!(copy * plane), tests)
        );
        const first = (copy * kernelHeight + i) * row;
        printTaps(printer, parts, sources, {
          weight: printer.name("weight"),
          load: (v, channel) =>
            access.load(conv.b, plus("firstWeight", first + v * column + channel / 4), true),
        });
      });
    }
    for (const { pointer } of rows.flat()) printer.emit(`${pointer} += ${copies * plane}i;`);
    printer.emit(`weight += ${copies * kernelHeight * row}i;`);
  });
}

/** Sizes of a column and of a row of the weight, in vec4s. */
function weightSizes({ kernel: { conv, tile }, geometry }: PixelParts) {
  const column = paddedChannels(geometry, tile) / 4;
  return { column, row: conv.sizes.kernelWidth * column };
}

/** The index of the weight for the first source channel of an invocation, in vec4s. */
function firstWeight(parts: PixelParts, u: WeightRow): string {
  const { kernel: { conv, sharers }, geometry: { groups, summed } } = parts;
  const { row } = weightSizes(parts);
  const plane = conv.sizes.kernelHeight * row;
  const group = groups === 1 ? "" : ` + channelGroup * ${summed * plane}i`;
  const share = sharers === 1 ? "" : ` + turn * ${summed / sharers * plane}i`;
  return `${u.text} * ${row}i + firstChannel / 4i${group}${share}`;
}

/** Declares the pointer to a source row, and names the tests of its columns. */
function printPointer(
  printer: Printer,
  parts: PixelParts,
  loader: RowLoader,
  { u, r }: { readonly u: WeightRow; readonly r: number },
): { readonly pointer: string; readonly tests: readonly string[] } {
  const { geometry: { groups, source, summed }, kernel: { sharers } } = parts;
  const { unit } = loader;
  const image = groups === 1 ? "image" : `(image * ${groups}i + channelGroup)`;
  const { start, inside } = printSourceRow(printer, parts, { u, r, unit });
  const pointer = printer.name("source");
  const plane = source[0] * source[1] / unit;
  const share = sharers === 1 ? "" : ` + share * ${summed / sharers * plane}i`;
  printer.emit(`var ${pointer} = ${image} * ${summed * plane}i + ${start}${share};`);
  return { pointer, tests: nameTests(printer, loader.tests(inside)) };
}

/**
 * Prints the indices of a row's loads, to which only constants are added, and returns them with a
 * constant. Single columns are too many to keep their indices in registers.
 */
function preparePlaces(
  printer: Printer,
  { unit, places }: RowLoader,
  pointer: string,
): (offset: number) => (string | undefined)[] {
  if (unit === 1) return (offset) => places(plus(pointer, offset));
  const names = places(pointer).map((place) => {
    return place === undefined ? undefined : printer.define("place", place);
  });
  return (offset) => names.map((name) => name === undefined ? undefined : plus(name, offset));
}

/** Evaluates each distinct test once, outside of the loop. */
function nameTests(printer: Printer, tests: readonly string[]): string[] {
  const names = new Map<string, string>();
  for (const test of new Set(tests)) {
    if (!test.includes("&&")) continue;
    names.set(test, printer.define("inside", test));
  }
  return tests.map((test) => names.get(test) ?? test);
}
