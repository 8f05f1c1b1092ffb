import { DeviceError } from "../../../graph/errors.ts";
import { Printer } from "../../wgsl/printer.ts";
import type { Conv2dWeightProductKernel } from "../gpu_kernel.ts";
import { type KernelCode, type ShaderContext, shareArray } from "../kernel_code.ts";
import { accumulator, declareAccumulators, printOuterProduct } from "../matmul/accumulators.ts";
import { range } from "../range.ts";
import { printSharedSums } from "../shared_sums.ts";
import { printStores } from "../stores.ts";
import {
  chunkCount,
  resultElements,
  WEIGHT_WORKGROUP,
  type WeightBlocks,
  weightBlocks,
  windowElements,
  workgroupsPerPart,
} from "./weight_blocks.ts";
import { prepareFill, resultTile, type WeightParts, windowTile } from "./weight_fill.ts";

/** Bytes of workgroup memory for sums that are shared: chunks and sums fit in 16 KiB. */
const SUM_BYTES = 4096;

/**
 * Prints a weight gradient as a matrix product through workgroup memory: result transposed times
 * window, for each row and column of the weight. Columns of the weight share their loads, because
 * the same window is shifted along the row.
 */
export function printConv2dWeightProduct(
  kernel: Conv2dWeightProductKernel,
  context: ShaderContext,
): KernelCode {
  const blocks = blocksOf(kernel);
  const out = blocks.out / blocks.rows;
  const into = blocks.in / (4 * blocks.quads);
  const lanes = { out, in: into, sharers: context.workgroupSize / (out * into) };
  const printer = new Printer(context.access, context.functions);
  const parts = { kernel, blocks, context, lanes };
  shareArray(context, "tileA", { element: "vec4f", length: resultElements(blocks) / 4 });
  shareArray(context, "tileB", { element: "vec4f", length: windowElements(blocks) / 4 });
  bindBlock(printer, parts);
  printSums(printer, parts);
  printEpilogue(printer, parts);
  const { sizes } = kernel.conv;
  return { workgroups: workgroupsPerPart(sizes, blocks) * kernel.parts, text: printer.text };
}

/** Chooses the number of invocations per workgroup. */
export function conv2dWeightProductWorkgroupSize(): number {
  return WEIGHT_WORKGROUP;
}

/** Counts the invocations of all workgroups. */
export function conv2dWeightProductInvocations(kernel: Conv2dWeightProductKernel): number {
  const perPart = workgroupsPerPart(kernel.conv.sizes, blocksOf(kernel));
  return perPart * kernel.parts * WEIGHT_WORKGROUP;
}

function blocksOf({ conv, label }: Conv2dWeightProductKernel): WeightBlocks {
  const blocks = weightBlocks(conv.sizes);
  if (blocks) return blocks;
  throw new DeviceError(
    `Cannot compile kernel "${label}": a row must fit in workgroup memory: ` +
      `current width is ${conv.sizes.w}`,
  );
}

/** Prints the position of the workgroup's and the invocation's block, and the chunks to sum. */
function bindBlock(printer: Printer, { kernel, blocks, lanes }: WeightParts): void {
  const { conv: { sizes }, parts } = kernel;
  const { groups } = sizes;
  const tilesIn = Math.ceil(sizes.c / groups / blocks.in);
  const tiles = tilesIn * Math.ceil(sizes.o / groups / blocks.out);
  const perPart = workgroupsPerPart(sizes, blocks);
  const chunks = chunkCount(sizes, blocks);
  const perWorkgroup = Math.ceil(chunks / parts);
  printer.emit(`let in0 = (group % ${tilesIn}i) * ${blocks.in}i;`);
  printer.emit(`let out0 = (group % ${tiles}i) / ${tilesIn}i * ${blocks.out}i;`);
  printer.emit(`let u = (group / ${tiles}i) % ${sizes.kernelHeight}i;`);
  const perGroup = perPart / groups;
  printer.emit(`let channelGroup = (group % ${perPart}i) / ${perGroup}i;`);
  const taps = `(group % ${perGroup}i) / ${tiles * sizes.kernelHeight}i * ${blocks.taps}i`;
  printer.emit(`let v0 = ${blocks.tapGroups === 1 ? "0i" : taps};`);
  printer.emit(`let part = group / ${perPart}i;`);
  printer.emit(`let firstChunk = part * ${perWorkgroup}i;`);
  printer.emit(`let endChunk = min(firstChunk + ${perWorkgroup}i, ${chunks}i);`);
  printer.emit(`let inQuad = lane % ${lanes.in}i;`);
  printer.emit(`let outQuad = (lane / ${lanes.in}i) % ${lanes.out}i * ${blocks.rows / 4}i;`);
  printer.emit(`let share = lane / ${lanes.in * lanes.out}i;`);
  printer.bindAxis(2, "u");
  printer.bindAxis(4, "part");
}

function printSums(printer: Printer, parts: WeightParts): void {
  const { kernel: { conv: { sizes } }, blocks } = parts;
  const { rows, quads, taps, rowChunks, columnChunks, chunkRows, columns } = blocks;
  declareAccumulators(printer, { tile: { rows, columns: 4 * quads * taps } });
  const fills = [resultTile(parts), windowTile(parts)].map((tile) =>
    prepareFill(printer, parts, tile)
  );
  printer.block("for (var chunk = firstChunk; chunk < endChunk; chunk += 1i)", () => {
    printer.emit(`let image = chunk / ${rowChunks * columnChunks}i;`);
    printer.emit(`let rowChunk = (chunk / ${columnChunks}i) % ${rowChunks}i;`);
    printer.emit(`let columnChunk = chunk % ${columnChunks}i;`);
    printer.emit(`let row0 = rowChunk * ${chunkRows}i;`);
    printer.emit(`let column0 = columnChunk * ${columns}i;`);
    const above = `u * ${sizes.dilation[0]}i - ${sizes.padding[0]}i`;
    printer.emit(`let sourceRow0 = row0 * ${sizes.stride[0]}i + ${above};`);
    for (const fill of fills) fill();
    printer.emit("workgroupBarrier();");
    printChunk(printer, parts);
    printer.emit("workgroupBarrier();");
  });
}

/** Prints the products of a chunk. The sharers take its positions in turns. */
function printChunk(printer: Printer, { kernel, blocks, lanes }: WeightParts): void {
  const { rows, quads, taps, unrolled, paddedColumns, windowWidth } = blocks;
  const { stride: [, stride], dilation: [, dilation], padding: [, padding] } = kernel.conv.sizes;
  const perRow = paddedColumns / unrolled;
  const turns = blocks.chunkRows * perRow;
  printer.block(`for (var i = share; i < ${turns}i; i += ${lanes.sharers}i)`, () => {
    printer.emit(`let at = i * ${unrolled * blocks.out / 4}i + outQuad;`);
    const column = `(i % ${perRow}i) * ${unrolled * stride}i + v0 * ${dilation}i`;
    const start = `(i / ${perRow}i) * ${windowWidth}i + ${column}`;
    printer.emit(`let bt = (${start}) * ${blocks.in / 4}i + inQuad;`);
    // the window's column of the first position and tap
    const first = -padding - blocks.windowStart;
    const known = new Map<number, string>();
    const load = (array: string, index: string) => printer.define("x", `${array}[${index}]`);
    const windowAt = (offset: number) => {
      const name = known.get(offset) ?? load("tileB", `bt + ${offset}i`);
      known.set(offset, name);
      return name;
    };
    for (const position of range(unrolled)) {
      const outs = range(rows / 4).map((quad) =>
        load("tileA", `at + ${position * blocks.out / 4 + quad}i`)
      );
      const ins = range(quads).flatMap((quad) =>
        range(taps).map((v) =>
          windowAt((first + position * stride + v * dilation) * blocks.in / 4 + quad * lanes.in)
        )
      );
      printOuterProduct(printer, range(rows).map((row) => `${outs[row >> 2]}[${row & 3}]`), ins);
    }
  });
}

/** Prints the stores of an invocation's block, after adding the sums of those that share it. */
function printEpilogue(printer: Printer, parts: WeightParts): void {
  const { blocks, lanes: { out, in: into, sharers }, context } = parts;
  if (sharers === 1) return printBlock(printer, parts);
  const names = range(blocks.rows).flatMap((row) =>
    range(blocks.quads * blocks.taps).map((quad) => accumulator(row, quad))
  );
  const perSharer = out * into;
  printSharedSums(printer, context, { array: "sums", bytes: SUM_BYTES, names, sharers, perSharer });
  printer.block("if (share == 0i)", () => printBlock(printer, parts));
}

function printBlock(printer: Printer, parts: WeightParts): void {
  const { kernel: { conv: { sizes } }, blocks } = parts;
  for (const row of range(blocks.rows)) {
    const position = `(out0 + outQuad * 4i + ${row}i)`;
    const perGroup = sizes.o / sizes.groups;
    printer.bindAxis(0, `(channelGroup * ${perGroup}i + ${position})`);
    const guards = perGroup % blocks.out === 0 ? [] : [`${position} < ${perGroup}i`];
    for (const quad of range(4 * blocks.quads)) printInputs(printer, parts, { row, quad, guards });
  }
}

/** Prints the stores of one output and one input channel. */
function printInputs(
  printer: Printer,
  { kernel: { conv: { sizes, stores } }, blocks, lanes, context }: WeightParts,
  { row, quad, guards }: {
    readonly row: number;
    readonly quad: number;
    readonly guards: readonly string[];
  },
): void {
  const channel = `(in0 + (inQuad + ${(quad >> 2) * lanes.in}i) * 4i + ${quad & 3}i)`;
  const perGroup = sizes.c / sizes.groups;
  const inside = perGroup % blocks.in === 0 ? guards : [...guards, `${channel} < ${perGroup}i`];
  printer.bindAxis(1, channel);
  for (const v of range(blocks.taps)) {
    const column = `(v0 + ${v}i)`;
    const isWhole = sizes.kernelWidth % blocks.taps === 0;
    const all = isWhole ? inside : [...inside, `${column} < ${sizes.kernelWidth}i`];
    printer.bindAxis(3, column);
    const text = `${accumulator(row, (quad >> 2) * blocks.taps + v)}[${quad & 3}]`;
    printer.bindResult(0, { text, wide: false });
    const guard = all.length > 0 ? { guard: all.join(" && ") } : {};
    printStores(printer, context.access, { stores, wide: false, ...guard });
  }
}
