/** How tiles read the rows of A: in place, or from a packed strip. */
import type { MatmulSpec } from "./tiling.ts";

/** How a tile reads A: in place, or from the packed strip. */
export interface RowSource {
  /** Strides of A in bytes: per row, per k, and per four k. */
  readonly aRowBytes: number;
  readonly aStepBytes: number;
  readonly aGroupBytes: number;
  /** Bytes from one row of tiles to the row below, per row. */
  readonly stripRowBytes: number;
}

/** The rows of A in place. */
export function rowsInPlace({ a }: MatmulSpec): RowSource {
  return {
    aRowBytes: 4 * a.rowStride,
    aStepBytes: 4 * a.colStride,
    aGroupBytes: 16 * a.colStride,
    stripRowBytes: 4 * a.rowStride,
  };
}

/** The rows of a packed strip, whose tiles have `packedRows` rows and `tileBytes` bytes. */
export function rowsPacked(
  { a }: MatmulSpec,
  { packedRows, tileBytes }: { readonly packedRows: number; readonly tileBytes: number },
): RowSource {
  const rowMajor = a.colStride === 1;
  return {
    aRowBytes: rowMajor ? 16 : 4,
    aStepBytes: rowMajor ? 4 : 4 * packedRows,
    aGroupBytes: 16 * packedRows,
    stripRowBytes: tileBytes / packedRows,
  };
}
