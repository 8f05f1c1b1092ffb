import type { MatmulKernel } from "../../../graph/kernel.ts";
import type { Printer } from "../../wgsl/printer.ts";
import { canStoreWide } from "../../wgsl/wide_axis.ts";
import type { ShaderContext } from "../kernel_code.ts";
import { accumulator } from "./accumulators.ts";
import type { MatmulTiling, TilePlace } from "./tile.ts";
import { printStores } from "../stores.ts";
import { printParts } from "../tile_parts.ts";

interface EpilogueParts {
  readonly kernel: MatmulKernel;
  readonly tiling: MatmulTiling;
  readonly place: TilePlace;
  readonly context: ShaderContext;
}

/** Prints the stores of every element of a tile, four columns at a time where possible. */
export function printEpilogue(printer: Printer, parts: EpilogueParts): void {
  const { tiling: { tile: { rows, rolled } }, place } = parts;
  const { depth } = printer;
  const accumulators = (row: number) => place.columns.map((_, quad) => accumulator(row, quad));
  printParts(printer, { count: rows, rolled, accumulators }, (number, row) => {
    const position = `(${place.row} + ${number})`;
    place.columns.forEach((_, quad) => printFour(printer, parts, { position, row, quad, depth }));
  });
}

interface Four {
  readonly position: string;
  readonly row: number;
  readonly quad: number;
  /** Depth of the block for expressions that depend only on columns. */
  readonly depth: number;
}

/** Prints the stores of four adjacent elements of a row. */
function printFour(
  printer: Printer,
  parts: EpilogueParts,
  { position, row, quad, depth }: Four,
): void {
  const { kernel, tiling: { tile, width, height }, place } = parts;
  const column = place.columns[quad]!;
  const c = accumulator(row, quad);
  const wide = kernel.n % 4 === 0 && canStoreWide(kernel.stores, kernel.batch.length + 1);
  const allRows = kernel.m % (tile.rows * height) === 0;
  const allColumns = kernel.n % (tile.columns * width) === 0;
  const guards = allRows ? [] : [`${position} < ${kernel.m}i`];
  if (wide) {
    if (!allColumns) guards.push(`${column} < ${kernel.n}i`);
    printElement(printer, parts, { position, column, value: c, wide, guards, depth });
    return;
  }
  for (let i = 0; i < 4; i++) {
    const each = i === 0 ? column : `(${column} + ${i}i)`;
    const inside = allColumns ? guards : [...guards, `${each} < ${kernel.n}i`];
    const element = {
      position,
      column: each,
      value: `${c}[${i}]`,
      wide,
      guards: inside,
      depth,
    };
    printElement(printer, parts, element);
  }
}

interface Element extends Pick<Four, "position" | "depth"> {
  readonly column: string;
  readonly value: string;
  readonly wide: boolean;
  readonly guards: readonly string[];
}

function printElement(printer: Printer, { kernel, context }: EpilogueParts, element: Element) {
  const { position, column, value, wide, guards, depth } = element;
  printer.bindAxis(kernel.batch.length, position);
  printer.bindAxis(kernel.batch.length + 1, column, wide, depth);
  printer.bindResult(0, { text: value, wide });
  printStores(printer, context.access, {
    stores: kernel.stores,
    wide,
    ...(guards.length > 0 ? { guard: guards.join(" && ") } : {}),
  });
}
