import type { Conv2dSizes } from "../../../graph/kernel.ts";
import type { Conv2dWeightTile } from "../../adapter_profile.ts";
import type { Printer } from "../../wgsl/printer.ts";
import type { Conv2dWeightKernel } from "../gpu_kernel.ts";
import type { ShaderContext } from "../kernel_code.ts";
import { range } from "../range.ts";
import { fixedQuad, loadQuad, type QuadIndex, type QuadWindow, rowUnit } from "./quads.ts";

/** Rows of at most this many quads of pixels are unrolled. */
const UNROLLED_QUADS = 2;
/** Most multiply-adds of a longer row that is unrolled. */
const UNROLLED_SUMS = 400;

/** The inputs for printing a weight gradient in tiles. */
export interface WeightTileParts {
  readonly kernel: Conv2dWeightKernel;
  readonly window: QuadWindow;
  readonly context: ShaderContext;
}

/** The sum of an output channel, an input channel, and a column of the weight. */
export function accumulator(out: number, into: number, v: number): string {
  return `c${out}_${into}_${v}`;
}

/** Prints the sums of a tile over its part of the images. */
export function printWeightSums(printer: Printer, parts: WeightTileParts): void {
  const { kernel: { conv: { sizes }, tile } } = parts;
  for (const { out, into, v } of elements(parts)) {
    printer.emit(`var ${accumulator(out, into, v)} = 0.0;`);
  }
  const clamped = (first: string, i: number, size: number, per: number) =>
    size % per === 0 ? `${first} + ${i}i` : `min(${first} + ${i}i, ${size - 1}i)`;
  const [widthA, widthB] = [sizes.w / rowUnit(sizes.w), sizes.outWidth / rowUnit(sizes.outWidth)];
  const [planeA, planeB] = [sizes.h * widthA, sizes.outHeight * widthB];
  for (let i = 0; i < tile.in; i++) {
    printer.emit(`let in_${i} = (${clamped("in0", i, sizes.c, tile.in)}) * ${planeA}i;`);
  }
  for (let i = 0; i < tile.out; i++) {
    printer.emit(`let out_${i} = (${clamped("out0", i, sizes.o, tile.out)}) * ${planeB}i;`);
  }
  printer.block(
    "for (var n = image0; n < image1; n += 1i)",
    () =>
      printer.block("for (var i = first; i < end; i += 1i)", () => {
        const y = `i * ${sizes.stride[0]}i - above`;
        printer.emit(`let rowA = n * ${sizes.c * planeA}i + (${y}) * ${widthA}i;`);
        printer.emit(`let rowB = n * ${sizes.o * planeB}i + i * ${widthB}i;`);
        printRow(printer, parts);
      }),
  );
}

/**
 * Whether the quads of a row are unrolled. In longer rows, too, if their ends are inside of a quad:
 * then a loop would have to test every column.
 */
function isUnrolled({ outWidth, kernelWidth }: Conv2dSizes, tile: Conv2dWeightTile): boolean {
  const quads = Math.ceil(outWidth / 4);
  if (quads <= (tile.rolled ? 1 : UNROLLED_QUADS)) return true;
  const sums = 4 * quads * tile.out * tile.in * kernelWidth;
  return !tile.rolled && rowUnit(outWidth) === 1 && sums <= UNROLLED_SUMS;
}

/** Prints the walk along one row of the result, four pixels at a time. */
function printRow(printer: Printer, parts: WeightTileParts): void {
  const { kernel: { conv: { sizes }, tile } } = parts;
  if (isUnrolled(sizes, tile)) printUnrolledRow(printer, parts);
  else printLoopedRow(printer, parts);
}

function printUnrolledRow(printer: Printer, parts: WeightTileParts): void {
  const { kernel: { conv: { sizes } }, window } = parts;
  const known = new Map<string, string>();
  for (let quad = 0; quad < Math.ceil(sizes.outWidth / 4); quad++) {
    printProducts(printer, parts, fixedQuad(quad), (into, column) => {
      const at = window.step * quad + column;
      const key = `${into} ${at}`;
      const name = known.get(key) ?? loadA(printer, parts, into, fixedQuad(at));
      known.set(key, name);
      return name;
    });
  }
}

/** Keeps the pixels that the next four need, too. */
function printLoopedRow(printer: Printer, parts: WeightTileParts): void {
  const { kernel: { conv: { sizes }, tile }, window } = parts;
  const kept = window.columns.slice(0, -window.step);
  const quads = Math.ceil(sizes.outWidth / 4);
  for (const into of range(tile.in)) {
    kept.forEach((column, i) =>
      printer.emit(`var kept_${into}_${i} = ${loadA(printer, parts, into, fixedQuad(column))};`)
    );
  }
  printer.block(`for (var q = 0i; q < ${quads}i; q += 1i)`, () => {
    const names = new Map<string, string>();
    const nameOf = (into: number, column: number) => {
      const i = window.columns.indexOf(column);
      if (i >= 0 && i < kept.length) return `kept_${into}_${i}`;
      const key = `${into} ${column}`;
      const name = names.get(key) ??
        loadA(printer, parts, into, turningQuad(window, column, quads));
      names.set(key, name);
      return name;
    };
    printProducts(printer, parts, { text: "q", first: 0, last: quads - 1 }, nameOf);
    for (const into of range(tile.in)) {
      kept.forEach((column, i) =>
        printer.emit(`kept_${into}_${i} = ${nameOf(into, column + window.step)};`)
      );
    }
  });
}

/** The quad that is `column` quads from the window of turn `q`, of so many turns. */
function turningQuad({ step }: QuadWindow, column: number, turns: number): QuadIndex {
  const turn = step === 1 ? "q" : `q * ${step}i`;
  return {
    text: column === 0 ? turn : `(${turn} + ${column}i)`,
    first: column,
    last: (turns - 1) * step + column,
  };
}

/** Loads quad `quad` of an input channel's row. */
function loadA(
  printer: Printer,
  { kernel: { conv }, context: { access } }: WeightTileParts,
  into: number,
  quad: QuadIndex,
): string {
  const width = conv.sizes.w;
  return loadQuad(printer, { access, slot: conv.a, row: `rowA + in_${into}`, width, quad });
}

/** The multiply-adds of four pixels of the result. */
function printProducts(
  printer: Printer,
  { kernel: { conv, tile }, context: { access }, window }: WeightTileParts,
  quad: QuadIndex,
  image: (into: number, column: number) => string,
): void {
  const width = conv.sizes.outWidth;
  const results = range(tile.out).map((out) =>
    loadQuad(printer, { access, slot: conv.b, row: `rowB + out_${out}`, width, quad })
  );
  for (const into of range(tile.in)) {
    for (let v = 0; v < conv.sizes.kernelWidth; v++) {
      const parts = window.pixels(v).map(({ quad: column, part }) =>
        `${image(into, column)}[${part}]`
      );
      results.forEach((result, out) => {
        const c = accumulator(out, into, v);
        const sum = parts.reduce((sum, x, i) => `fma(${x}, ${result}[${i}], ${sum})`, c);
        printer.emit(`${c} = ${sum};`);
      });
    }
  }
}

function elements({ kernel: { conv, tile } }: WeightTileParts) {
  return range(tile.out).flatMap((out) =>
    range(tile.in).flatMap((into) => range(conv.sizes.kernelWidth).map((v) => ({ out, into, v })))
  );
}

/** An upper bound on the loop trips of one invocation. */
export function weightTrips(
  sizes: Conv2dSizes,
  { tile, splits }: Pick<Conv2dWeightKernel, "tile" | "splits">,
): number {
  const perRow = 1 + (isUnrolled(sizes, tile) ? 0 : Math.ceil(sizes.outWidth / 4));
  const rows = Math.ceil(sizes.outHeight / splits.rows);
  return Math.ceil(sizes.n / splits.images) * (1 + rows * perRow) + tile.out;
}
