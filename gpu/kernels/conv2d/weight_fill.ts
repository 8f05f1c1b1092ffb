import type { Printer } from "../../wgsl/printer.ts";
import { range } from "../range.ts";
import { storeTransposed } from "../transposed.ts";
import type { Conv2dWeightProductKernel } from "../gpu_kernel.ts";
import type { ShaderContext } from "../kernel_code.ts";
import type { WeightBlocks } from "./weight_blocks.ts";

/** The inputs for printing a weight gradient. */
export interface WeightParts {
  readonly kernel: Conv2dWeightProductKernel;
  readonly blocks: WeightBlocks;
  readonly context: ShaderContext;
  /** Invocations along the output and the input channels, and those that share the same. */
  readonly lanes: { readonly out: number; readonly in: number; readonly sharers: number };
}

/** How to load one operand of a chunk into workgroup memory, in items of four channels each. */
interface FillTile {
  readonly array: string;
  readonly slot: number;
  /** Elements per unit of indices, and positions per item: 4 if loads are vec4s. */
  readonly unit: 1 | 4;
  /** Channels of a group of the operand and of the tile, and the first one as WGSL. */
  readonly channels: number;
  readonly tileChannels: number;
  readonly firstChannel: string;
  /** Elements of a channel. */
  readonly plane: number;
  /** Items of four channels. */
  readonly items: number;
  /** WGSL for the start of the chunk in units, without the channel. */
  readonly base: string;
  /** Prints the place of an item: `item` is WGSL for its number. */
  readonly place: (printer: Printer, item: string) => Place;
}

interface Place {
  /** WGSL for its distance from the start of the chunk, in units. */
  readonly offset: string;
  /** WGSL for its position in the tile. */
  readonly position: string;
  /** WGSL tests that hold if the item is inside the operand. */
  readonly tests: readonly string[];
}

/**
 * Prints where each invocation's items are, and returns a function that prints their loads. Items
 * next to each other have adjacent channels, so that stores have no bank conflicts.
 */
export function prepareFill(printer: Printer, parts: WeightParts, tile: FillTile): () => void {
  const { workgroupSize } = parts.context;
  const quads = tile.tileChannels / 4;
  const rounds = range(Math.ceil(tile.items / workgroupSize)).map((round) => {
    const item = printer.define("item", `lane + ${round * workgroupSize}i`);
    const place = tile.place(printer, `(${item} / ${quads}i)`);
    const lines = linesOf(printer, tile, item, place.offset);
    const at = printer.define(
      "place",
      `(${place.position}) * ${quads}i + ${item} % ${quads}i`,
    );
    const isWhole = (round + 1) * workgroupSize <= tile.items;
    return { item, lines, at, tests: place.tests, isWhole };
  });
  return () => {
    const base = printer.define("base", tile.base);
    for (const { item, lines, at, tests, isWhole } of rounds) {
      const body = () => printItem(printer, parts, tile, { lines, base, at, tests });
      if (isWhole) body();
      else printer.block(`if (${item} < ${tile.items}i)`, body);
    }
  };
}

/** The places of an item's four channels. Channels past the end are never stored. */
function linesOf(printer: Printer, tile: FillTile, item: string, offset: string): string[] {
  const plane = tile.plane / tile.unit;
  const first = `${tile.firstChannel} + (${item} % ${tile.tileChannels / 4}i) * 4i`;
  const isWhole = tile.channels % tile.tileChannels === 0;
  if (isWhole) {
    const line = printer.define("line", `(${first}) * ${plane}i + ${offset}`);
    return range(4).map((i) => `${line} + ${i * plane}i`);
  }
  const line = printer.name("line");
  return range(4).map((i) => {
    const channel = `min(${first} + ${i}i, ${tile.channels - 1}i)`;
    printer.emit(`let ${line}_${i} = ${channel} * ${plane}i + ${offset};`);
    return `${line}_${i}`;
  });
}

function printItem(
  printer: Printer,
  { context: { access } }: WeightParts,
  tile: FillTile,
  { lines, base, at, tests }: {
    readonly lines: readonly string[];
    readonly base: string;
    readonly at: string;
    readonly tests: readonly string[];
  },
): void {
  const wide = tile.unit === 4;
  const zero = wide ? "vec4f()" : "0.0";
  const test = tests.length === 0 ? undefined : printer.define("inside", tests.join(" && "));
  const names = lines.map((line) => {
    const value = access.load(tile.slot, `${base} + ${line}`, wide);
    return printer.define("w", test === undefined ? value : `select(${zero}, ${value}, ${test})`);
  });
  if (!wide) {
    printer.emit(`${tile.array}[${at}] = vec4f(${names.join(", ")});`);
    return;
  }
  const quads = tile.tileChannels / 4;
  storeTransposed(printer, names, { array: tile.array, at: (i) => `${at} + ${i * quads}i` });
}

/** The chunk of the result's gradient: positions, each with the output channels. */
export function resultTile({ kernel: { conv }, blocks }: WeightParts): FillTile {
  const { o, outHeight, outWidth, groups } = conv.sizes;
  const { columns, paddedColumns, chunkRows, columnChunks } = blocks;
  const unit = blocks.isResultAligned ? 4 : 1;
  const plane = outHeight * outWidth;
  const rowTest = outHeight % chunkRows === 0 ? [] : ["row"];
  const columnTest = columns * columnChunks === outWidth ? [] : ["column"];
  return {
    array: "tileA",
    slot: conv.b,
    unit,
    channels: o / groups,
    tileChannels: blocks.out,
    firstChannel: "out0",
    plane,
    items: blocks.out / 4 * chunkRows * columns / unit,
    base:
      `(image * ${groups}i + channelGroup) * ${o / groups * plane / unit}i + rowChunk * ${
        chunkRows * outWidth / unit
      }i` +
      columnTerm(blocks, columns / unit),
    place: (_, item) => {
      if (unit === 4) {
        const row = rowTest.map(() => `row0 * ${outWidth}i + ${item} * 4i < ${plane}i`);
        const column = columnTest.map(() => `column0 + ${item} * 4i < ${outWidth}i`);
        return { offset: item, position: `${item} * 4i`, tests: [...row, ...column] };
      }
      const [i, j] = [`${item} / ${columns}i`, `${item} % ${columns}i`];
      return {
        offset: `(${i}) * ${outWidth}i + ${j}`,
        position: `(${i}) * ${paddedColumns}i + ${j}`,
        tests: [
          ...rowTest.map(() => `row0 + ${i} < ${outHeight}i`),
          ...columnTest.map(() => `column0 + ${j} < ${outWidth}i`),
        ],
      };
    },
  };
}

/**
 * The window of the image that a chunk needs: columns of each row, each with the input channels.
 * Columns that are outside of the image for every chunk are never stored, and stay zero.
 */
export function windowTile({ kernel: { conv }, blocks }: WeightParts): FillTile {
  const { c, h, w, outHeight, outWidth, stride, groups } = conv.sizes;
  const { chunkRows, columnChunks, windowStart, windowWidth } = blocks;
  const unit = blocks.isImageAligned ? 4 : 1;
  const isWhole = columnChunks === 1;
  const [first, count] = isWhole ? [0, w / unit] : [windowStart / unit, windowWidth / unit];
  return {
    array: "tileB",
    slot: conv.a,
    unit,
    channels: c / groups,
    tileChannels: blocks.in,
    firstChannel: "in0",
    plane: h * w,
    items: blocks.in / 4 * chunkRows * count,
    base:
      `(image * ${groups}i + channelGroup) * ${c / groups * h * w / unit}i + sourceRow0 * ${
        w / unit
      }i` +
      columnTerm(blocks, blocks.columns * stride[1] / unit),
    place: (printer, item) => {
      const row = printer.define("row", `${item} / ${count}i`);
      const column = printer.define("column", `${item} % ${count}i + ${first}i`);
      const y = `(sourceRow0 + ${row} * ${stride[0]}i)`;
      const x = `(columnChunk * ${blocks.columns * stride[1] / unit}i + ${column})`;
      return {
        offset: `${row} * ${stride[0] * w / unit}i + ${column}`,
        position: `${row} * ${windowWidth}i + ${column} * ${unit}i - ${windowStart}i`,
        tests: [
          `${y} >= 0i && ${y} < ${h}i`,
          ...(outHeight % chunkRows === 0 ? [] : [`row0 + ${row} < ${outHeight}i`]),
          ...(isWhole || outWidth === 0 ? [] : [`${x} >= 0i && ${x} < ${w / unit}i`]),
        ],
      };
    },
  };
}

/** The start of a chunk along the columns, to be added to that of its rows. */
function columnTerm({ columnChunks }: WeightBlocks, units: number): string {
  return columnChunks === 1 ? "" : ` + columnChunk * ${units}i`;
}
