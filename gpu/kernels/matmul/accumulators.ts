import type { MatmulKernel } from "../../../graph/kernel.ts";
import type { Printer } from "../../wgsl/printer.ts";
import type { ShaderContext } from "../kernel_code.ts";
import { range } from "../range.ts";
import type { OperandForm } from "./operand.ts";
import type { MatmulTiling, TilePlace } from "./tile.ts";

/** The inputs for printing the inner product of a tile. */
export interface ProductParts {
  readonly kernel: MatmulKernel;
  readonly tiling: MatmulTiling;
  readonly place: TilePlace;
  readonly forms: { readonly a: OperandForm; readonly b: OperandForm };
  readonly context: ShaderContext;
}

/** The accumulator of row `row` and column group `quad` of a tile: a `vec4f`. */
export function accumulator(row: number, quad: number): string {
  return `c${row}_${quad}`;
}

/** The accumulators of a tile. */
export function allAccumulators({ tile }: Pick<MatmulTiling, "tile">): string[] {
  return range(tile.rows).flatMap((row) =>
    range(tile.columns / 4).map((quad) => accumulator(row, quad))
  );
}

/** Declares the accumulators of a tile, all zero. */
export function declareAccumulators(
  printer: Printer,
  tiling: Pick<MatmulTiling, "tile">,
): void {
  for (const name of allAccumulators(tiling)) printer.emit(`var ${name} = vec4f();`);
}

/** Prints the addition of the outer product of a column of a's tile and a row of b's tile. */
export function printOuterProduct(
  printer: Printer,
  a: readonly string[],
  b: readonly string[],
): void {
  a.forEach((value, row) =>
    b.forEach((four, quad) => {
      const c = accumulator(row, quad);
      printer.emit(`${c} = fma(vec4f(${value}), ${four}, ${c});`);
    })
  );
}
