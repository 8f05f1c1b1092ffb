/** Hands a unit's finished sums to the caller's epilogue. */

import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { MatmulEpilogue } from "./matmul.ts";
import { PANEL_COLUMNS } from "./matmul_tiling.ts";

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
