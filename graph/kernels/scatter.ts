import type { ScalarType } from "../scalar/mod.ts";
import type { KernelRow, Store } from "./loop.ts";

/**
 * Combines rows of a matrix at the rows of the result that their indices name. For each row and
 * column of the result, `result 0` is the sum of `source[t, column]` over all t with
 * `indices[t] = row`, in the order of t, or the largest of them and 0; the stores follow. An index
 * that is not a row is dropped. Both operands are row-major. The axes are row and column. The
 * stores never write a slot of an operand.
 */
export interface ScatterKernel {
  /** The kind of kernel. */
  readonly kind: "scatter";
  /** Name for error messages, profiles, and debug labels. */
  readonly label: string;
  /** How rows with the same index are combined. */
  readonly combine: "sum" | "max";
  /** Type of the elements. */
  readonly type: ScalarType;
  /** Rows of the result. */
  readonly rows: number;
  /** Columns of the source and of the result. */
  readonly columns: number;
  /** Rows of the source, and number of indices. */
  readonly terms: number;
  /** The slot of the source, [terms, columns]. */
  readonly source: number;
  /** The slot of the indices, i32 [terms]. */
  readonly indices: number;
  /** The epilogue: the stores for each row and column. */
  readonly stores: readonly Store[];
}

/** The row of scatters. */
export const scatterRow: KernelRow<ScatterKernel> = {
  operands: ({ source, indices }) => [source, indices],
  space: ({ rows, columns }) => [rows, columns],
  loops: ({ rows, columns, terms }) => [[rows, columns], [terms]],
};
