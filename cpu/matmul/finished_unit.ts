/** Passes the finished sums of a unit of a matrix product to its epilogue. */
import type { UnitParams } from "../loops/epilogue.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { MatmulEpilogue } from "./epilogue.ts";
import type { LoopLocals, ScratchLayout } from "./layout.ts";
import type { MatmulSpec, MatmulTiling } from "./tiling.ts";

/** A product and its epilogue. */
export interface FinishedProduct {
  readonly spec: MatmulSpec;
  readonly tiling: MatmulTiling;
  readonly layout: ScratchLayout;
  readonly epilogue: MatmulEpilogue;
}

/** Emits the epilogue of the current unit. */
export function emitFinishedUnit(
  f: FunctionBuilder,
  { spec, tiling, layout, epilogue }: FinishedProduct,
  { at, params }: { at: LoopLocals; params: UnitParams },
): void {
  const { rowFrom, rowTo, panelFrom, panelTo } = at;
  const sums = f.local("i32");
  f.get(params.scratch).i32(layout.sums).op("i32.add").set(sums);
  /** A local with a panel's first column, or the number of columns if that is less. */
  const columnOf = (panel: Local): Local => {
    const column = f.local("i32");
    f.get(panel).i32(tiling.panelColumns).op("i32.mul").setAtMost(column, spec.n);
    return column;
  };
  epilogue.emit(f, {
    rowFrom,
    rowTo,
    columnFrom: columnOf(panelFrom),
    columnTo: columnOf(panelTo),
    sums,
    sumsRowBytes: layout.sumsRowBytes,
    params: params.extra,
  });
}
