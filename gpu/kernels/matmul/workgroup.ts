import type { Printer } from "../../wgsl/printer.ts";
import { shareArray } from "../kernel_code.ts";
import { range } from "../range.ts";
import { storeTransposed } from "../transposed.ts";
import { loadFour, loadOne, type OperandForm } from "./operand.ts";
import { declareAccumulators, printOuterProduct, type ProductParts } from "./accumulators.ts";

/** Number of positions of k per trip. */
const DEPTH = 16;

/** One operand's tile in workgroup memory: `DEPTH` rows of `quads` vec4s. */
interface WorkgroupTile {
  readonly name: "a" | "b";
  readonly array: string;
  readonly form: OperandForm;
  /** Number of lines (rows of a, columns of b) of the operand. */
  readonly size: number;
  /** Groups of four lines in the tile. */
  readonly quads: number;
  readonly base: string;
  readonly firstLine: string;
}

/**
 * Prints the inner product through workgroup memory. The workgroup loads `DEPTH` positions of k of
 * its rows of a and columns of b, both stored with k outermost; each invocation then computes its
 * 8×8 tile from there. Everything is a vec4, because WGSL checks the bounds of each access.
 */
export function printWorkgroupProduct(printer: Printer, parts: ProductParts): void {
  const { kernel, tiling, context } = parts;
  // More loads in flight than this would not fit in registers.
  const unroll = context.profile.cooperativeUnroll;
  const { a, b } = workgroupTiles(parts);
  for (const { array, quads } of [a, b]) {
    shareArray(context, array, { element: "vec4f", length: DEPTH * quads });
  }
  declareAccumulators(printer, tiling);
  printer.emit(`let aQuad = (lane / ${tiling.width}i) * ${tiling.tile.rows / 4}i;`);
  printer.emit(`let bQuad = lane % ${tiling.width}i;`);
  printer.block(`for (var k = 0i; k < ${kernel.k}i; k += ${DEPTH}i)`, () => {
    fill(printer, parts, a);
    fill(printer, parts, b);
    printer.emit("workgroupBarrier();");
    printer.block(`for (var step = 0i; step < ${DEPTH}i; step += ${unroll}i)`, () => {
      for (const step of range(unroll)) printStep(printer, parts, { a, b, step });
    });
    printer.emit("workgroupBarrier();");
  });
}

function workgroupTiles(
  { kernel, tiling, forms, place }: ProductParts,
): { readonly a: WorkgroupTile; readonly b: WorkgroupTile } {
  const { tile: { rows, columns }, width, height } = tiling;
  return {
    a: {
      name: "a",
      array: "tileA",
      form: forms.a,
      size: kernel.m,
      quads: rows * height / 4,
      base: place.baseA,
      firstLine: place.groupRow,
    },
    b: {
      name: "b",
      array: "tileB",
      form: forms.b,
      size: kernel.n,
      quads: columns * width / 4,
      base: place.baseB,
      firstLine: place.groupColumn,
    },
  };
}

interface StepParts {
  readonly a: WorkgroupTile;
  readonly b: WorkgroupTile;
  readonly step: number;
}

/** Prints the products at one position of k. Its loads are next to their uses. */
function printStep(
  printer: Printer,
  { tiling: { tile, width } }: ProductParts,
  { a, b, step }: StepParts,
): void {
  const load = ({ name, array, quads }: WorkgroupTile, quad: string) =>
    printer.define(name, `${array}[(step + ${step}i) * ${quads}i + ${quad}]`);
  const rows = range(tile.rows / 4).map((quad) => load(a, `aQuad + ${quad}i`));
  const columns = range(tile.columns / 4).map((quad) => load(b, `bQuad + ${quad * width}i`));
  printOuterProduct(
    printer,
    range(tile.rows).map((row) => `${rows[row >> 2]}[${row & 3}]`),
    columns,
  );
}

/** Loads an operand's tile. */
function fill(printer: Printer, parts: ProductParts, tile: WorkgroupTile): void {
  const invocations = parts.tiling.width * parts.tiling.height;
  const alongK = tile.form.fours === "k";
  const items = alongK ? tile.quads * DEPTH / 4 : tile.quads * DEPTH;
  const print = alongK ? fillAlongK : fillAcross;
  for (let first = 0; first < items; first += invocations) {
    const item = printer.define("item", `lane + ${first}i`);
    const body = () => print(printer, parts, tile, item);
    if (first + invocations <= items) body();
    else printer.block(`if (${item} < ${items}i)`, body);
  }
}

/**
 * Loads four positions of k of four lines, and stores the block transposed. Adjacent items are
 * adjacent along k.
 */
function fillAlongK(printer: Printer, parts: ProductParts, tile: WorkgroupTile, item: string) {
  const { kernel, context: { access } } = parts;
  const blocks = DEPTH / 4;
  const k = `(k + (${item} % ${blocks}i) * 4i)`;
  const lines = range(4).map((i) => {
    const line = `${tile.firstLine} + (${item} / ${blocks}i) * 4i + ${i}i`;
    const across = `min(${line}, ${tile.size - 1}i)`;
    return printer.define("w", loadFour(access, tile.form, { base: tile.base, k, across }));
  });
  storeTransposed(printer, lines, {
    array: tile.array,
    at: (i) => `((${item} % ${blocks}i) * 4i + ${i}i) * ${tile.quads}i + ${item} / ${blocks}i`,
    // Loads past the end of k read unrelated elements, which must count as zero.
    keep: (four, i) =>
      kernel.k % DEPTH === 0 ? four : `select(vec4f(), ${four}, ${k} + ${i}i < ${kernel.k}i)`,
  });
}

/** Loads four adjacent lines at one position of k. */
function fillAcross(printer: Printer, parts: ProductParts, tile: WorkgroupTile, item: string) {
  const { kernel, context: { access } } = parts;
  const { form, base, size, quads } = tile;
  const position = `k + ${item} / ${quads}i`;
  const k = kernel.k % DEPTH === 0 ? `(${position})` : `min(${position}, ${kernel.k - 1}i)`;
  const across = `(${tile.firstLine} + (${item} % ${quads}i) * 4i)`;
  const loaded = form.fours === "across"
    ? loadFour(access, form, { base, k, across })
    : `vec4f(${
      range(4).map((i) =>
        loadOne(access, form, { base, k, across: `min(${across} + ${i}i, ${size - 1}i)` })
      ).join(", ")
    })`;
  const kept = kernel.k % DEPTH === 0
    ? loaded
    : `select(vec4f(), ${loaded}, ${position} < ${kernel.k}i)`;
  printer.emit(`${tile.array}[${item}] = ${kept};`);
}
