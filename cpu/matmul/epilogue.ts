/** The epilogue of a matrix product: the stores of blocks of finished elements of C. */
import type { MatmulKernel } from "../../graph/kernel.ts";
import type { KernelContext } from "../kernel_context.ts";
import { type Epilogue, EpilogueStores } from "../loops/epilogue.ts";
import type { LaneEmitter } from "../loops/lane_emitter.ts";
import { emitLoop } from "../loops/loop.ts";
import type { Local } from "../wasm/function_builder.ts";

/** A block of finished elements of C. */
interface FinishedBlock {
  /** First row in C, and the one after the last. All locals are i32. */
  readonly rowFrom: Local;
  readonly rowTo: Local;
  /** First column in C, a multiple of eight, and the one after the last. */
  readonly columnFrom: Local;
  readonly columnTo: Local;
  /** Address of the first sum. Each row has room for whole quads. */
  readonly sums: Local;
  /** Bytes between the sums of adjacent rows. */
  readonly sumsRowBytes: number;
  /** The function's extra parameters: as many as the epilogue has. */
  readonly params: readonly Local[];
}

/** Processes the elements of C. */
export type MatmulEpilogue = Epilogue<FinishedBlock>;

/** The stores of a product over the axes batch…, row, column. */
export function matmulStores({ batch, m, n, stores }: MatmulKernel): EpilogueStores {
  const sizes = [...batch, m, n];
  return new EpilogueStores(stores, (axis) => ({ axis, size: sizes[axis]! }));
}

/** The epilogue. Its parameters are the addresses of its slots, then the batch position. */
export function matmulEpilogue(
  { batch, n }: MatmulKernel,
  stores: EpilogueStores,
  context: KernelContext,
): MatmulEpilogue {
  const slotCount = stores.slots.length;
  const column = batch.length + 1;
  return {
    paramCount: slotCount + batch.length,
    emit: (f, finished) => {
      const e = stores.lanes(f, { axis: column, params: finished.params }, context);
      const positions = batch.map((_, axis) => [axis, finished.params[slotCount + axis]!] as const);
      e.scopes.within(new Map(positions), new Map(), () => {
        emitRows(e, stores, finished, { axis: column, size: n }, context);
      });
    },
  };
}

/** Emits the stores of a block, row by row. */
function emitRows(
  e: LaneEmitter,
  stores: EpilogueStores,
  { rowFrom, rowTo, columnFrom, columnTo, sums, sumsRowBytes }: FinishedBlock,
  column: { axis: number; size: number },
  context: KernelContext,
): void {
  const { f } = e;
  const row = column.axis - 1;
  const wide = stores.wide({ axis: column.axis, row, sumsRowBytes }, context);
  if (context.wide && wide) {
    const [count, height] = f.locals("i32", 2);
    f.get(columnTo, columnFrom).op("i32.sub").set(count);
    f.get(rowTo, rowFrom).op("i32.sub").set(height);
    const start = new Map([[row, rowFrom], [column.axis, columnFrom]]);
    context.wide.emitCall(e, wide, { start, rows: height, count, sums });
    return;
  }
  const [line, sum, result] = [f.local("i32"), f.local("i32"), f.local("v128")];
  const work = { values: [], stores: stores.stores };
  const rows = { axis: row, start: rowFrom, end: rowTo };
  f.get(sums).set(line);
  emitLoop(e, rows, { work, boundCopies: 1, step: 1 }, () => {
    f.get(line).set(sum);
    stores.emitRow(e, { sum, result }, { ...column, start: columnFrom, end: columnTo });
    f.advance(line, sumsRowBytes);
  });
}
