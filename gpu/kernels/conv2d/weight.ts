import { DeviceError } from "../../../graph/errors.ts";
import type { Conv2dSizes } from "../../../graph/kernel.ts";
import type { AdapterProfile, Conv2dWeightTile } from "../../adapter_table.ts";
import { Printer } from "../../wgsl/printer.ts";
import { loadQuad, type QuadWindow, quadWindow } from "./quads.ts";
import type { Conv2dWeightKernel } from "../gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { range } from "../range.ts";
import { printStores } from "../stores.ts";
import { printParts } from "../tile_parts.ts";

/** Rows of at most this many quads of pixels are unrolled. */
const UNROLLED_QUADS = 2;

interface Parts {
  readonly kernel: Conv2dWeightKernel;
  readonly window: QuadWindow;
  readonly context: ShaderContext;
}

/**
 * Prints a weight gradient. Each invocation sums a tile of output × input channels for one row of
 * the weight. It walks along the rows of its part of the images and keeps pixels that it needs
 * again in registers.
 */
export function printConv2dWeight(kernel: Conv2dWeightKernel, context: ShaderContext): KernelCode {
  const printer = new Printer(context.access, context.functions);
  const count = conv2dWeightInvocations(kernel);
  const parts = { kernel, window: quadWindow(kernel.conv.sizes), context };
  checkTrips(parts);
  const body = () => {
    bindPlace(printer, kernel);
    printSums(printer, parts);
    printEpilogue(printer, parts);
  };
  printer.emit(`let id = group * ${context.workgroupSize}i + lane;`);
  if (count % context.workgroupSize === 0) body();
  else printer.block(`if (id < ${count}i)`, body);
  return { workgroups: Math.ceil(count / context.workgroupSize), text: printer.text };
}

/** Chooses the number of invocations per workgroup. */
export function conv2dWeightWorkgroupSize(
  kernel: Conv2dWeightKernel,
  { conv2dWorkgroup: { most, least, groups } }: AdapterProfile,
): number {
  let size = most;
  while (size > least && conv2dWeightInvocations(kernel) / size < groups) size /= 2;
  return size;
}

/** Counts the invocations: one for each tile and row of the weight, and each part. */
export function conv2dWeightInvocations(
  { conv: { sizes }, tile, splits }: Conv2dWeightKernel,
): number {
  const tiles = Math.ceil(sizes.o / tile.out) * Math.ceil(sizes.c / tile.in);
  return tiles * sizes.kernelHeight * splits.images * splits.rows;
}

/** Prints the channels, the row of the weight, and the part of the images of an invocation. */
function bindPlace(printer: Printer, { conv: { sizes }, tile, splits }: Conv2dWeightKernel): void {
  const { n, h, outHeight, kernelHeight } = sizes;
  const [stride, padding, dilation] = [sizes.stride[0], sizes.padding[0], sizes.dilation[0]];
  const tilesIn = Math.ceil(sizes.c / tile.in);
  const tilesOut = Math.ceil(sizes.o / tile.out);
  const images = Math.ceil(n / splits.images);
  const rows = Math.ceil(outHeight / splits.rows);
  printer.emit(`let in0 = (id % ${tilesIn}i) * ${tile.in}i;`);
  printer.emit(`let out0 = ((id / ${tilesIn}i) % ${tilesOut}i) * ${tile.out}i;`);
  printer.emit(`let u = (id / ${tilesIn * tilesOut}i) % ${kernelHeight}i;`);
  printer.emit(`let split = id / ${tilesIn * tilesOut * kernelHeight}i;`);
  printer.emit(`let image0 = (split / ${splits.rows}i) * ${images}i;`);
  printer.emit(`let image1 = min(image0 + ${images}i, ${n}i);`);
  printer.emit(`let row0 = (split % ${splits.rows}i) * ${rows}i;`);
  // The result rows for which row u of the weight is inside the image.
  printer.emit(`let above = ${padding}i - u * ${dilation}i;`);
  printer.emit(`let first = max(row0, (above + ${stride - 1}i) / ${stride}i);`);
  printer.emit(`let most = min(row0 + ${rows}i, ${outHeight}i);`);
  printer.emit(`let end = min(most, (above + ${h - 1 + stride}i) / ${stride}i);`);
  printer.bindAxis(2, "u");
  printer.bindAxis(4, "split");
}

function accumulator(out: number, into: number, v: number): string {
  return `c${out}_${into}_${v}`;
}

function printSums(printer: Printer, parts: Parts): void {
  const { kernel: { conv: { sizes }, tile } } = parts;
  for (const { out, into, v } of elements(parts)) {
    printer.emit(`var ${accumulator(out, into, v)} = 0.0;`);
  }
  const clamped = (first: string, i: number, size: number, per: number) =>
    size % per === 0 ? `${first} + ${i}i` : `min(${first} + ${i}i, ${size - 1}i)`;
  for (let i = 0; i < tile.in; i++) {
    printer.emit(`let in_${i} = (${clamped("in0", i, sizes.c, tile.in)}) * ${sizes.h * sizes.w}i;`);
  }
  for (let i = 0; i < tile.out; i++) {
    const plane = sizes.outHeight * sizes.outWidth;
    printer.emit(`let out_${i} = (${clamped("out0", i, sizes.o, tile.out)}) * ${plane}i;`);
  }
  printer.block(
    "for (var n = image0; n < image1; n += 1i)",
    () =>
      printer.block("for (var i = first; i < end; i += 1i)", () => {
        const y = `i * ${sizes.stride[0]}i - above`;
        printer.emit(`let rowA = n * ${sizes.c * sizes.h * sizes.w}i + (${y}) * ${sizes.w}i;`);
        const images = sizes.o * sizes.outHeight * sizes.outWidth;
        printer.emit(`let rowB = n * ${images}i + i * ${sizes.outWidth}i;`);
        printRow(printer, parts);
      }),
  );
}

/** Whether the quads of a row are unrolled. */
function isUnrolled({ outWidth }: Conv2dSizes, { rolled }: Conv2dWeightTile): boolean {
  return Math.ceil(outWidth / 4) <= (rolled ? 1 : UNROLLED_QUADS);
}

/** Prints the walk along one row of the result, four pixels at a time. */
function printRow(printer: Printer, parts: Parts): void {
  const { kernel: { conv: { sizes }, tile } } = parts;
  if (isUnrolled(sizes, tile)) printUnrolledRow(printer, parts);
  else printLoopedRow(printer, parts);
}

function printUnrolledRow(printer: Printer, parts: Parts): void {
  const { kernel: { conv: { sizes } }, window } = parts;
  const known = new Map<string, string>();
  for (let quad = 0; quad < Math.ceil(sizes.outWidth / 4); quad++) {
    printProducts(printer, parts, `${quad}i`, (into, column) => {
      const at = window.step * quad + column;
      const key = `${into} ${at}`;
      const name = known.get(key) ?? loadA(printer, parts, into, at);
      known.set(key, name);
      return name;
    });
  }
}

/** Keeps the pixels that the next four need, too. */
function printLoopedRow(printer: Printer, parts: Parts): void {
  const { kernel: { conv: { sizes }, tile }, window } = parts;
  const kept = window.columns.slice(0, -window.step);
  for (const into of range(tile.in)) {
    kept.forEach((column, i) =>
      printer.emit(`var kept_${into}_${i} = ${loadA(printer, parts, into, column)};`)
    );
  }
  printer.block(`for (var q = 0i; q < ${Math.ceil(sizes.outWidth / 4)}i; q += 1i)`, () => {
    const names = new Map<string, string>();
    printProducts(printer, parts, "q", (into, column) => {
      const i = window.columns.indexOf(column);
      const key = `${into} ${column}`;
      const name = i < kept.length ? `kept_${into}_${i}` : names.get(key) ??
        loadA(printer, parts, into, `(q * ${window.step}i + ${column}i)`);
      names.set(key, name);
      return name;
    });
    for (const into of range(tile.in)) {
      kept.forEach((column, i) => {
        const next = window.columns.indexOf(column + window.step);
        const from = next < kept.length
          ? `kept_${into}_${next}`
          : names.get(`${into} ${column + window.step}`) ??
            loadA(printer, parts, into, `(q * ${window.step}i + ${column + window.step}i)`);
        printer.emit(`kept_${into}_${i} = ${from};`);
      });
    }
  });
}

/** Loads quad `quad` of an input channel's row. */
function loadA(
  printer: Printer,
  { kernel: { conv }, context: { access } }: Parts,
  into: number,
  quad: number | string,
): string {
  const width = conv.sizes.w;
  return loadQuad(printer, { access, slot: conv.a, row: `rowA + in_${into}`, width, quad });
}

/** The multiply-adds of four pixels of the result. */
function printProducts(
  printer: Printer,
  { kernel: { conv, tile }, context: { access }, window }: Parts,
  quad: string,
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

/** Prints the epilogue of a tile, one output channel at a time, unrolled or as a loop. */
function printEpilogue(printer: Printer, parts: Parts): void {
  const { conv: { sizes: { kernelWidth } }, tile } = parts.kernel;
  const accumulators = (out: number) =>
    range(tile.in).flatMap((into) => range(kernelWidth).map((v) => accumulator(out, into, v)));
  const { out: count, rolled } = tile;
  printParts(
    printer,
    { count, rolled, accumulators },
    (number, out) => printOut(printer, parts, { position: `(out0 + ${number})`, out }),
  );
}

/** The stores of one output channel. */
function printOut(
  printer: Printer,
  { kernel: { conv: { sizes, stores }, tile }, context: { access } }: Parts,
  { position, out }: { readonly position: string; readonly out: number },
): void {
  printer.bindAxis(0, position);
  for (const into of range(tile.in)) {
    const channel = `(in0 + ${into}i)`;
    const guards = [
      ...(sizes.o % tile.out === 0 ? [] : [`${position} < ${sizes.o}i`]),
      ...(sizes.c % tile.in === 0 ? [] : [`${channel} < ${sizes.c}i`]),
    ];
    const guard = guards.length > 0 ? { guard: guards.join(" && ") } : {};
    printer.bindAxis(1, channel);
    for (const v of range(sizes.kernelWidth)) {
      printer.bindAxis(3, `${v}i`);
      printer.bindResult(0, { text: accumulator(out, into, v), wide: false });
      printStores(printer, access, { stores, wide: false, ...guard });
    }
  }
}

function elements({ kernel: { conv, tile } }: Parts) {
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

function checkTrips({ kernel, context: { profile } }: Parts): void {
  const { label, conv } = kernel;
  const trips = weightTrips(conv.sizes, kernel);
  if (trips <= profile.maxTrips) return;
  throw new DeviceError(
    `Cannot compile kernel "${label}": an invocation of this adapter makes at most ` +
      `${profile.maxTrips} loop trips: current number is ${trips}`,
  );
}
