import type { Printer } from "../../wgsl/printer.ts";
import { printSharedSums } from "../shared_sums.ts";
import { isUnrolled } from "./geometry.ts";
import { allAccumulators, type PixelParts } from "./pixels_epilogue.ts";
import { printWithIndices } from "./pixels_with_indices.ts";
import { printWithPointers } from "./pixels_with_pointers.ts";
import { areRowsAligned, prepareRow } from "./row.ts";
import type { WeightRow } from "./source_row.ts";

/** Bytes of workgroup memory for sums that are shared. */
const SHARED_BYTES = 6144;

/**
 * Prints the sums of a tile over the rows of the weight and all source channels, or the
 * invocation's share of them.
 */
export function printPixelSums(printer: Printer, parts: PixelParts): void {
  const { kernel: { conv, sharers }, geometry, context: { access, profile } } = parts;
  for (const name of allAccumulators(parts)) printer.emit(`var ${name} = vec4f();`);
  const unit = profile.channelsPerWorkgroup && areRowsAligned(geometry) ? 4 : 1;
  printer.emit(`let sourceColumn = tile * ${geometry.sourceStep / unit}i;`);
  const row = prepareRow(printer, {
    geometry,
    kernelWidth: conv.sizes.kernelWidth,
    slot: conv.a,
    access,
    base: "sourceColumn",
    unit,
  });
  const print = profile.channelsPerWorkgroup ? printWithPointers : printWithIndices;
  const body = () => printWeightRows(printer, parts, (us) => print(printer, parts, row, us));
  if (sharers === 1) return body();
  // Compilers know that `turn` is the same in a workgroup, which they do not of `share`, so they
  // still load the weights once for all invocations.
  printer.block(
    `for (var turn = 0i; turn < ${sharers}i; turn += 1i)`,
    () => printer.block("if (share == turn)", body),
  );
}

/** Prints all rows of the weight, or a loop over those that the tile's rows meet. */
function printWeightRows(
  printer: Printer,
  { kernel: { conv, tile }, geometry }: PixelParts,
  print: (us: readonly WeightRow[]) => void,
): void {
  const { kernelHeight, stride, padding } = conv.sizes;
  if (isUnrolled(conv, geometry, tile)) {
    return print(Array.from({ length: kernelHeight }, (_, u) => ({ text: `${u}i`, u })));
  }
  const { rowPhases } = geometry;
  const first = rowPhases === 1 ? "0i" : `(phase + ${padding[0]}i) % ${stride[0]}i`;
  printer.block(
    `for (var u = ${first}; u < ${kernelHeight}i; u += ${rowPhases}i)`,
    () => print([{ text: "u", u: undefined }]),
  );
}

/** Adds the sums of all sharers of a tile to those of the first. */
export function printSharedPixelSums(printer: Printer, parts: PixelParts): void {
  const { kernel: { sharers }, context } = parts;
  printSharedSums(printer, context, {
    // also an array of weight gradients, which are often in the same launch
    array: "tileA",
    bytes: SHARED_BYTES,
    names: allAccumulators(parts),
    sharers,
    perSharer: context.workgroupSize / sharers,
  });
}
