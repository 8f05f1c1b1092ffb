/**
 * Generates the function of a scatter kernel. A unit of work is a range of rows. It first makes a
 * list of the terms of each row, then adds up row by row, so no two threads write the same row, and
 * the order of additions is that of the terms.
 */
import { type ScatterKernel, skipsEmptyRows } from "../../graph/kernel.ts";
import type { CompiledKernel } from "../compiled_kernel.ts";
import type { KernelContext } from "../kernel_context.ts";
import { EpilogueStores } from "../loops/epilogue.ts";
import { emitLoop } from "../loops/loop.ts";
import { loadPointers } from "../loops/loop_kernel.ts";
import { ScratchParts } from "../scratch_parts.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import { emitRowSum } from "./row_sum.ts";

/** Fewest units. Few, because each of them reads all indices. */
const UNITS = 8;
/** Most rows of a unit, which has a list for each of them. */
const MOST_ROWS = 16_384;
/** Rows that are skipped together if none of them has terms: four vectors of counts. */
const BLOCK_ROWS = 16;

/** Adds the function of a scatter to the module; `undefined` if it has no terms. */
export function compileScatter(
  kernel: ScatterKernel,
  context: KernelContext,
): CompiledKernel | undefined {
  const { rows, columns, terms, label, stores } = kernel;
  if (terms === 0) return undefined;
  const vectors = Math.ceil(columns / 4);
  const rowsPerUnit = Math.min(MOST_ROWS, Math.ceil(rows / UNITS));
  const unitCount = Math.ceil(rows / rowsPerUnit);
  // rows past the end of the unit have no terms
  const listCount = BLOCK_ROWS * Math.ceil(rowsPerUnit / BLOCK_ROWS);
  const parts = scratchParts(kernel, listCount, context.module.guard);
  const epilogue = new EpilogueStores(stores, (axis) => ({ axis, size: [rows, columns][axis]! }));
  const params = ["i32", "i32", "i32", "i32"] as const;
  const handle = context.module.function(label, { params }, (f, from, to, table, scratch) => {
    const { source, indices } = kernel;
    const pointers = loadPointers(f, table, new Set([...epilogue.slots, source, indices]));
    const pointerTo = (slot: number) => pointers.get(slot)!;
    const [unit, rowFrom, rowTo] = f.locals("i32", 3);
    const { zeros, sums, blocks, ...lists } = scratchAddresses(f, scratch, parts);
    const scene = { f, kernel, lists, rowFrom, rowTo };
    f.get(zeros).i32(0).i32(16 * vectors).memoryFill();
    const add = { source: pointerTo(source), next: lists.next, sums, blocks };
    f.for(unit, from, to, 1, () => {
      f.get(unit).i32(rowsPerUnit).op("i32.mul").tee(rowFrom);
      f.i32(rowsPerUnit).op("i32.add").setAtMost(rowTo, rows);
      emitLists(scene, { indices: pointerTo(indices), listCount });
      const e = epilogue.lanes(f, { axis: 1, params: epilogue.slots.map(pointerTo) }, context);
      emitRows(scene, { e, epilogue, add, zeros });
    });
  });
  return {
    handle,
    unitCount,
    unitsPerPack: 1,
    cost: (rows * stores.length + terms) * 3 * vectors + 3 * terms * unitCount,
    scratchByteLength: parts.byteLength,
  };
}

function scratchParts({ columns, terms }: ScatterKernel, listCount: number, guard?: Guard) {
  const parts = new ScratchParts(guard);
  const row = 16 * Math.ceil(columns / 4);
  return {
    /** Each row's first term, and its number of terms. */
    heads: parts.take("heads", 4 * listCount),
    counts: parts.take("counts", 4 * listCount),
    /** Each term's successor in the list of its row. */
    next: parts.take("next", 4 * terms),
    sums: parts.take("sums", row),
    blocks: parts.take("blocks", row),
    /** The sums of a row without terms. */
    zeros: parts.take("zeros", row),
    byteLength: parts.byteLength,
  };
}

/** Emits the addresses of the parts of the scratch memory. */
function scratchAddresses(
  f: FunctionBuilder,
  scratch: Local,
  parts: ReturnType<typeof scratchParts>,
) {
  const at = (offset: number): Local => {
    const address = f.local("i32");
    f.get(scratch).i32(offset).op("i32.add").set(address);
    return address;
  };
  const { heads, counts, next, sums, blocks, zeros } = parts;
  return {
    heads: at(heads),
    counts: at(counts),
    next: at(next),
    sums: at(sums),
    blocks: at(blocks),
    zeros: at(zeros),
  };
}

interface Scene {
  readonly f: FunctionBuilder;
  readonly kernel: ScatterKernel;
  readonly lists: { readonly heads: Local; readonly counts: Local; readonly next: Local };
  readonly rowFrom: Local;
  readonly rowTo: Local;
}

/** Emits the lists of a unit's rows. The terms are visited backward, so that each list ascends. */
function emitLists(
  { f, kernel: { terms }, lists: { heads, counts, next }, rowFrom, rowTo }: Scene,
  { indices, listCount }: { readonly indices: Local; readonly listCount: number },
): void {
  const [turn, term, place] = f.locals("i32", 3);
  f.get(counts).i32(0).i32(4 * listCount).memoryFill();
  f.for(turn, 0, terms, 1, () => {
    f.i32(4 * (terms - 1)).get(turn).i32(4).op("i32.mul", "i32.sub").set(term);
    f.get(indices, term).op("i32.add").memory("i32.load").get(rowFrom).op("i32.sub").tee(place);
    f.get(rowTo, rowFrom).op("i32.sub", "i32.lt_u").if(() => {
      f.get(place).i32(4).op("i32.mul").set(place);
      f.get(next, term).op("i32.add").get(heads, place).op("i32.add").memory("i32.load");
      f.memory("i32.store");
      f.get(heads, place).op("i32.add").get(term).memory("i32.store");
      f.get(counts, place).op("i32.add");
      f.get(counts, place).op("i32.add").memory("i32.load").i32(1).op("i32.add");
      f.memory("i32.store");
    });
  });
}

interface RowWork {
  readonly e: ReturnType<EpilogueStores["lanes"]>;
  readonly epilogue: EpilogueStores;
  readonly add: Omit<Parameters<typeof emitRowSum>[2], "count" | "term">;
  readonly zeros: Local;
}

/** Emits the sums and stores of a unit's rows. */
function emitRows(scene: Scene, work: RowWork): void {
  const { f, kernel, lists: { heads, counts }, rowFrom, rowTo } = scene;
  if (!skipsEmptyRows(kernel)) {
    emitRange(scene, work, { start: rowFrom, end: rowTo, heads, counts });
    return;
  }
  const [start, end, place, head, number] = f.locals("i32", 5);
  f.for(start, rowFrom, rowTo, BLOCK_ROWS, () => {
    f.get(start, rowFrom).op("i32.sub").i32(4).op("i32.mul").set(place);
    f.get(counts, place).op("i32.add").set(number);
    for (let i = 0; i < BLOCK_ROWS / 4; i++) {
      f.get(number).memory("v128.load", 16 * i);
      if (i > 0) f.op("v128.or");
    }
    f.op("v128.any_true").if(() => {
      f.get(heads, place).op("i32.add").set(head);
      f.get(start).i32(BLOCK_ROWS).op("i32.add").setAtMost(end, rowTo);
      emitRange(scene, work, { start, end, heads: head, counts: number });
    });
  });
}

interface RowRange {
  readonly start: Local;
  readonly end: Local;
  /** Addresses of the first row's head and count. */
  readonly heads: Local;
  readonly counts: Local;
}

/** Emits the sums and stores of adjacent rows. */
function emitRange(
  { f, kernel }: Scene,
  { e, epilogue, add, zeros }: RowWork,
  { start, end, heads, counts }: RowRange,
): void {
  const { columns } = kernel;
  const [head, number, count, term, sum] = f.locals("i32", 5);
  const result = f.local("v128");
  const skips = skipsEmptyRows(kernel);
  f.get(heads).set(head);
  f.get(counts).set(number);
  const rows = { axis: 0, start, end };
  emitLoop(e, rows, { work: { values: [], stores: [] }, boundCopies: 1, step: 1 }, () => {
    const emitSum = () => {
      f.get(head).memory("i32.load").set(term);
      emitRowSum(f, kernel, { ...add, count, term });
      f.get(add.sums).set(sum);
    };
    const emitStores = () => {
      epilogue.emitRow(e, { sum, result }, { axis: 1, size: columns, start: 0, end: columns });
    };
    f.get(number).memory("i32.load").set(count);
    f.get(zeros).set(sum);
    f.get(count).if(() => {
      emitSum();
      if (skips) emitStores();
    });
    if (!skips) emitStores();
    f.advance(head, 4).advance(number, 4);
  });
}
