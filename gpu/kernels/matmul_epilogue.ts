import type { MatmulKernel } from "../../graph/kernel.ts";
import type { Printer } from "../wgsl/printer.ts";
import { canStoreWide } from "../wgsl/wide_axis.ts";
import type { ShaderContext } from "./kernel_code.ts";
import { accumulator } from "./matmul_register.ts";
import type { MatmulTiling, TilePlace } from "./matmul_tile.ts";
import { printStores } from "./stores.ts";

interface EpilogueParts {
  readonly kernel: MatmulKernel;
  readonly tiling: MatmulTiling;
  readonly place: TilePlace;
  readonly context: ShaderContext;
}

/** Prints the stores of every element of a tile, four columns at a time where they allow it. */
export function printEpilogue(printer: Printer, parts: EpilogueParts): void {
  const { kernel, tiling: { tile, width, height }, place } = parts;
  const columnAxis = kernel.batch.length + 1;
  const wide = kernel.n % 4 === 0 && canStoreWide(kernel.stores, columnAxis);
  const allRows = kernel.m % (tile.rows * height) === 0;
  const allColumns = kernel.n % (tile.columns * width) === 0;
  place.columns.forEach((column, quad) => {
    for (let row = 0; row < tile.rows; row++) {
      const position = row === 0 ? place.row : `(${place.row} + ${row}i)`;
      const c = accumulator(row, quad);
      const guards = allRows ? [] : [`${position} < ${kernel.m}i`];
      if (wide) {
        if (!allColumns) guards.push(`${column} < ${kernel.n}i`);
        printElement(printer, parts, { position, column, value: c, wide, guards });
        continue;
      }
      for (let i = 0; i < 4; i++) {
        const each = i === 0 ? column : `(${column} + ${i}i)`;
        const inside = allColumns ? guards : [...guards, `${each} < ${kernel.n}i`];
        const element = { position, column: each, value: `${c}[${i}]`, wide, guards: inside };
        printElement(printer, parts, element);
      }
    }
  });
}

interface Element {
  readonly position: string;
  readonly column: string;
  readonly value: string;
  readonly wide: boolean;
  readonly guards: readonly string[];
}

function printElement(printer: Printer, { kernel, context }: EpilogueParts, element: Element) {
  const { position, column, value, wide, guards } = element;
  printer.bindAxis(kernel.batch.length, position);
  printer.bindAxis(kernel.batch.length + 1, column, wide);
  printer.bindResult(0, { text: value, wide });
  printStores(printer, context.access, {
    stores: kernel.stores,
    wide,
    ...(guards.length > 0 ? { guard: guards.join(" && ") } : {}),
  });
}
