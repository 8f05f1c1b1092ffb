/** Hands a unit's finished sums to the caller's epilogue. */

import type { FunctionBuilder, Local, ValueType } from "../wasm/function_builder.ts";
import { PANEL_COLUMNS } from "./matmul_tiling.ts";

/** Finished elements of C, handed to a {@linkcode MatmulEpilogue}. */
export interface FinishedElements {
  /** The sums: an f32 if `width` is 1, four consecutive columns if it is 4. */
  readonly value: Local;
  /** Row in C, an i32. */
  readonly row: Local;
  /** First column in C, an i32. */
  readonly column: Local;
  /** `row · n + column`, an i32. */
  readonly index: Local;
  /** How many columns there are. */
  readonly width: 1 | 4;
  /** The function's extra parameters, as the epilogue declared them. */
  readonly params: readonly Local[];
}

/** What happens to each element of C once it is complete. */
export interface MatmulEpilogue {
  /** Parameters to add to the generated function, such as output addresses. */
  readonly params: readonly ValueType[];
  /** Emits the treatment; called at most twice, once for quads, once for single columns. */
  readonly emit: (f: FunctionBuilder, finished: FinishedElements) => void;
}

/** The unit whose sums are complete. */
export interface FinishedUnit {
  readonly rowFrom: Local;
  readonly rowTo: Local;
  readonly panelFrom: Local;
  readonly panelTo: Local;
  /** Address of the unit's sums. */
  readonly sums: Local;
  readonly sumsRowBytes: number;
  /** Columns of the whole product. */
  readonly columns: number;
  readonly params: readonly Local[];
}

/**
 * Emits a walk over the unit's rows, by quads and then by the single columns
 * that remain at the right edge of C. The sums wait in scratch memory, not in
 * registers, so that the epilogue is emitted twice and not once per
 * accumulator, and so that it runs only after the last block of k.
 */
export function emitEpilogueSweep(
  f: FunctionBuilder,
  epilogue: MatmulEpilogue,
  unit: FinishedUnit,
): void {
  const { params, columns } = unit;
  const [row, column, index, address, lineFrom, columnFrom, quadTo, columnTo] = Array.from(
    { length: 8 },
    () => f.local("i32"),
  ) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const wholeColumns = columns - columns % 4;
  emitClampedColumn(f, unit.panelFrom, columns, columnFrom);
  emitClampedColumn(f, unit.panelTo, wholeColumns, quadTo);
  emitClampedColumn(f, unit.panelTo, columns, columnTo);
  f.get(unit.sums).set(lineFrom);
  f.for(row, unit.rowFrom, unit.rowTo, 1, () => {
    f.get(lineFrom).set(address);
    f.get(row).i32(columns).op("i32.mul").get(columnFrom).op("i32.add").set(index);
    const sweep = (width: 1 | 4, to: Local) => {
      const value = f.local(width === 4 ? "v128" : "f32");
      f.for(column, column, to, width, () => {
        f.get(address).memory(width === 4 ? "v128.load" : "f32.load").set(value);
        epilogue.emit(f, { value, row, column, index, width, params });
        f.get(address).i32(4 * width).op("i32.add").set(address);
        f.get(index).i32(width).op("i32.add").set(index);
      });
    };
    f.get(columnFrom).set(column);
    if (wholeColumns > 0) sweep(4, quadTo);
    if (wholeColumns < columns) sweep(1, columnTo);
    f.get(lineFrom).i32(unit.sumsRowBytes).op("i32.add").set(lineFrom);
  });
}

// A panel's first column, or the given number of columns if that is less.
function emitClampedColumn(f: FunctionBuilder, panel: Local, limit: number, result: Local): void {
  f.get(panel).i32(PANEL_COLUMNS).op("i32.mul").tee(result).i32(limit);
  f.get(result).i32(limit).op("i32.lt_s", "select").set(result);
}
