import type { AdapterProfile } from "../../adapter_profile.ts";
import { Printer } from "../../wgsl/printer.ts";
import { checkTrips } from "../check_trips.ts";
import { quadWindow } from "./quads.ts";
import type { Conv2dWeightKernel } from "../gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { range } from "../range.ts";
import { printStores } from "../stores.ts";
import { printParts } from "../tile_parts.ts";
import { accumulator, printWeightSums, type WeightTileParts, weightTrips } from "./weight_sums.ts";

/**
 * Prints a weight gradient. Each invocation sums a tile of output × input channels for one row of
 * the weight. It walks along the rows of its part of the images and keeps pixels that it needs
 * again in registers.
 */
export function printConv2dWeight(kernel: Conv2dWeightKernel, context: ShaderContext): KernelCode {
  const printer = new Printer(context.access, context.functions);
  const count = conv2dWeightInvocations(kernel);
  const parts = { kernel, window: quadWindow(kernel.conv.sizes), context };
  const trips = weightTrips(kernel.conv.sizes, kernel);
  checkTrips(kernel, { trips, profile: context.profile });
  const body = () => {
    bindPlace(printer, kernel);
    printWeightSums(printer, parts);
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

/** Prints the epilogue of a tile, one output channel at a time, unrolled or as a loop. */
function printEpilogue(printer: Printer, parts: WeightTileParts): void {
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
  { kernel: { conv: { sizes, stores }, tile }, context: { access } }: WeightTileParts,
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
