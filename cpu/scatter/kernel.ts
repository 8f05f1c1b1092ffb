/**
 * Generates the function of a scatter kernel. A unit of work is a range of rows. It first makes a
 * list of the terms of each row, then adds up row by row, so no two threads write the same row, and
 * the order of additions is that of the terms.
 */
import type { ScatterKernel } from "../../graph/kernel.ts";
import { keepsEmptyRows, skipsEmptyRows } from "../../graph/kernels/empty_rows.ts";
import { scatterAsLoop } from "../../graph/kernels/scatter_loop.ts";
import type { Scalar } from "../../graph/scalar/mod.ts";
import type { CompiledKernel } from "../compiled_kernel.ts";
import type { KernelContext } from "../kernel_context.ts";
import { EpilogueStores } from "../loops/epilogue.ts";
import { LaneEmitter } from "../loops/lane_emitter.ts";
import { emitStores } from "../loops/lane_stores.ts";
import { emitVectorRange } from "../loops/loop.ts";
import { compileLoop, loadPointers } from "../loops/loop_kernel.ts";
import { ScratchParts } from "../scratch_parts.ts";
import { ValueTable } from "../loops/value.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { listParts, RowLists, type RowTerms } from "./lists.ts";
import { emitRowSum } from "./row_sum.ts";

/** Fewest units. Few, because each of them reads all indices. */
const UNITS = 8;
/** Most rows of a unit, which has a place of 4 bytes for each of them in scratch memory. */
const MOST_ROWS = 2 ** 20;
/** Vectors of a row that are summed in registers together. */
const VECTORS = 4;

/** Adds the function of a scatter to the module. Its loop form computes sums of no terms. */
export function compileScatter(kernel: ScatterKernel, context: KernelContext): CompiledKernel {
  const { rows, columns, terms, label, stores, source, indices } = kernel;
  if (terms === 0) return compileLoop(scatterAsLoop(kernel), context);
  const rowsPerUnit = Math.min(MOST_ROWS, Math.ceil(rows / UNITS));
  const unitCount = Math.ceil(rows / rowsPerUnit);
  const scratchParts = new ScratchParts(context.module.guard);
  const parts = listParts(kernel, rowsPerUnit, scratchParts);
  const epilogue = new EpilogueStores(stores, (axis) => ({ axis, size: [rows, columns][axis]! }));
  const params = ["i32", "i32", "i32", "i32"] as const;
  const handle = context.module.function(label, { params }, (f, from, to, table, scratch) => {
    const pointers = loadPointers(f, table, new Set([...epilogue.slots, source, indices]));
    const lists = new RowLists(f, scratch, parts);
    const [unit, rowFrom, count] = f.locals("i32", 3);
    f.for(unit, from, to, 1, () => {
      f.get(unit).i32(rowsPerUnit).op("i32.mul").set(rowFrom);
      f.i32(rows).get(rowFrom).op("i32.sub").setAtMost(count, rowsPerUnit);
      emitUnit({ kernel, context, epilogue, lists, pointers }, rowFrom, count);
    });
  });
  return {
    handle,
    unitCount,
    unitsPerPack: 1,
    cost: costOf(kernel, unitCount),
    scratchByteLength: scratchParts.byteLength,
  };
}

function costOf(kernel: ScatterKernel, unitCount: number): number {
  const { rows, columns, terms, stores } = kernel;
  const stored = skipsEmptyRows(kernel) ? Math.min(rows, terms) : rows;
  return 3 * ((stored * stores.length + terms) * Math.ceil(columns / 4) + terms * unitCount);
}

interface Scene {
  readonly kernel: ScatterKernel;
  readonly context: KernelContext;
  readonly epilogue: EpilogueStores;
  readonly lists: RowLists;
  /** Addresses of the slots. */
  readonly pointers: ReadonlyMap<number, Local>;
}

/** Emits the rows from `rowFrom` on, up to `count`. */
function emitUnit(scene: Scene, rowFrom: Local, count: Local): void {
  const { kernel, context, epilogue, lists, pointers } = scene;
  const { f } = lists;
  const pointerTo = (slot: number) => pointers.get(slot)!;
  const row = f.local("i32");
  lists.emit({ indices: pointerTo(kernel.indices), terms: kernel.terms }, rowFrom, count);
  const e = epilogue.lanes(f, { axis: 1, params: epilogue.slots.map(pointerTo) }, context);
  const emit = (place: Local, terms: RowTerms) => {
    f.get(rowFrom, place).op("i32.add").set(row);
    const work = { terms, next: lists.next, source: pointerTo(kernel.source) };
    e.scopes.within(new Map([[0, row]]), new Map(), () => emitRow(e, kernel, epilogue, work));
  };
  const listed = () => lists.forEachListed(emit);
  const all = () => lists.forEachRow(count, emit);
  const keeps = keepsEmptyRows(kernel);
  if (keeps.op !== "const") emitCondition(f, keeps, { context, pointers }).if(listed, all);
  else if (keeps.value === 1) listed();
  else all();
}

/** Pushes a bool that depends on no axis. */
function emitCondition(
  f: FunctionBuilder,
  condition: Scalar,
  { context, pointers }: Pick<Scene, "context" | "pointers">,
): FunctionBuilder {
  const value = new ValueTable(() => undefined).of(condition);
  const lanes = { axis: undefined, resultsVary: false };
  const e = new LaneEmitter({ f, ...context, lanes, pointers, shared: new Set() });
  e.scopes.within(new Map(), new Map(), () => e.pushFromVector(value));
  return f;
}

/** Emits the sums and stores of one row. */
function emitRow(
  e: LaneEmitter,
  kernel: ScatterKernel,
  { stores }: EpilogueStores,
  { source, ...list }: {
    readonly terms: RowTerms;
    /** Address of each term's successor. */
    readonly next: Local;
    /** Address of the source. */
    readonly source: Local;
  },
): void {
  const { f } = e;
  const column = f.local("i32");
  f.get(source).set(column);
  const range = { axis: 1, size: kernel.columns, start: 0, end: kernel.columns };
  const options = { copies: VECTORS, work: { values: [], stores }, boundCopies: 1 };
  emitVectorRange(e, range, options, (vectors) => {
    e.scopes.setResult(0, emitRowSum(f, kernel, { ...list, column }, vectors));
    for (e.copy = 0; e.copy < vectors; e.copy++) emitStores(e, stores);
    e.copy = 0;
    f.advance(column, 16 * vectors);
  });
}
