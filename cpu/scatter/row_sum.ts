/** The sum (or maximum) of the terms of one row of a scatter. */
import type { ScatterKernel } from "../../graph/kernel.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";

/** Most terms whose sum has a single level, and the terms of a block of a longer sum. */
const LONG_SUM = 8192;
const BLOCK = 256;
/** Most vectors of a row that are added without a loop. */
const UNROLLED = 16;

interface RowSum {
  /** Address of the source. */
  readonly source: Local;
  /** Address of each term's successor. Terms are byte offsets: 4 times their number. */
  readonly next: Local;
  /** The first term; undefined if there is none. It is overwritten. */
  readonly term: Local;
  /** Number of terms. */
  readonly count: Local;
  /** Address of the row's sums, and of those of a block of terms. */
  readonly sums: Local;
  readonly blocks: Local;
}

/** Emits the sum. Rounding errors grow with the number of terms, so long sums are split in blocks. */
export function emitRowSum(f: FunctionBuilder, kernel: ScatterKernel, row: RowSum): void {
  const { sums, blocks, count } = row;
  const turn = f.local("i32");
  clear(f, kernel, sums);
  if (kernel.terms <= LONG_SUM || kernel.type !== "f32" || kernel.combine !== "sum") {
    f.for(turn, 0, count, 1, () => emitTerm(f, kernel, row, sums));
    return;
  }
  const [start, end] = f.locals("i32", 2);
  f.for(start, 0, count, BLOCK, () => {
    f.get(start).i32(BLOCK).op("i32.add").setAtMost(end, count);
    clear(f, kernel, blocks);
    f.for(turn, start, end, 1, () => emitTerm(f, kernel, row, blocks));
    const from = f.local("i32");
    f.get(blocks).set(from);
    addRow(f, kernel, from, sums);
  });
}

function clear(f: FunctionBuilder, { columns }: ScatterKernel, row: Local): void {
  const vectors = Math.ceil(columns / 4);
  if (vectors > UNROLLED) f.get(row).i32(0).i32(16 * vectors).memoryFill();
  else for (let i = 0; i < vectors; i++) f.get(row).i32x4(0).memory("v128.store", 16 * i);
}

/** Emits the addition of one term, and steps to the next one. */
function emitTerm(
  f: FunctionBuilder,
  kernel: ScatterKernel,
  { source, next, term }: RowSum,
  target: Local,
): void {
  const from = f.local("i32");
  f.get(source, term).i32(kernel.columns).op("i32.mul", "i32.add").set(from);
  addRow(f, kernel, from, target);
  f.get(next, term).op("i32.add").memory("i32.load").set(term);
}

/** Emits the addition of the row at `from`, an address that may be overwritten, to `target`. */
function addRow(f: FunctionBuilder, kernel: ScatterKernel, from: Local, target: Local): void {
  const vectors = Math.ceil(kernel.columns / 4);
  const add = kernel.combine === "max"
    ? "i32x4.max_s"
    : kernel.type === "f32"
    ? "f32x4.add"
    : "i32x4.add";
  const addVector = (to: Local, offset: number) => {
    f.get(to, to).memory("v128.load", offset).get(from).memory("v128.load", offset).op(add);
    f.memory("v128.store", offset);
  };
  if (vectors <= UNROLLED) {
    for (let i = 0; i < vectors; i++) addVector(target, 16 * i);
    return;
  }
  const [turn, to] = f.locals("i32", 2);
  const whole = Math.floor(vectors / UNROLLED);
  f.get(target).set(to);
  f.for(turn, 0, whole, 1, () => {
    for (let i = 0; i < UNROLLED; i++) addVector(to, 16 * i);
    f.advance(from, 16 * UNROLLED).advance(to, 16 * UNROLLED);
  });
  for (let i = 0; i < vectors % UNROLLED; i++) addVector(to, 16 * i);
}
