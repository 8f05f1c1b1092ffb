/** The sum (or maximum) of the terms of one row of a scatter. */
import type { ScatterKernel } from "../../graph/kernel.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { RowTerms } from "./lists.ts";

/** Most terms whose sum has a single level, and the terms of a block of a longer sum. */
const LONG_SUM = 8192;
const BLOCK = 256;

interface RowSum {
  readonly terms: RowTerms;
  /** Address of each term's successor. */
  readonly next: Local;
  /** Address of the first column to add in the first row of the source. */
  readonly column: Local;
}

/**
 * Emits the sums of adjacent columns, four in each vector; 0 if there are no terms. Rounding errors
 * grow with the number of terms, so long sums are split in blocks.
 */
export function emitRowSum(
  f: FunctionBuilder,
  kernel: ScatterKernel,
  row: RowSum,
  vectors: number,
): readonly Local[] {
  const { first, count } = row.terms;
  const [turn, term] = f.locals("i32", 2);
  const sums = zeros(f, vectors);
  f.get(first).set(term);
  if (kernel.terms <= LONG_SUM || kernel.type !== "f32" || kernel.combine !== "sum") {
    f.for(turn, 0, count, 1, () => emitTerm(f, kernel, { ...row, term }, sums));
    return sums;
  }
  const [start, end] = f.locals("i32", 2);
  f.for(start, 0, count, BLOCK, () => {
    f.get(start).i32(BLOCK).op("i32.add").setAtMost(end, count);
    const block = zeros(f, vectors);
    f.for(turn, start, end, 1, () => emitTerm(f, kernel, { ...row, term }, block));
    sums.forEach((sum, i) => f.get(sum, block[i]!).op("f32x4.add").set(sum));
  });
  return sums;
}

function zeros(f: FunctionBuilder, count: number): readonly Local[] {
  return Array.from({ length: count }, () => {
    const local = f.local("v128");
    f.i32x4(0).set(local);
    return local;
  });
}

/** Emits the addition of one term, and steps to the next one. */
function emitTerm(
  f: FunctionBuilder,
  { columns, combine, type }: ScatterKernel,
  { column, next, term }: Omit<RowSum, "terms"> & { readonly term: Local },
  sums: readonly Local[],
): void {
  const add = combine === "max" ? "i32x4.max_s" : type === "f32" ? "f32x4.add" : "i32x4.add";
  const from = f.local("i32");
  f.get(column, term).i32(columns).op("i32.mul", "i32.add").set(from);
  sums.forEach((sum, i) => f.get(sum, from).memory("v128.load", 16 * i).op(add).set(sum));
  f.get(next, term).op("i32.add").memory("i32.load").set(term);
}
