/** The locals and scratch memory of a matrix product's loops. */

import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import { packedTileByteLength } from "./pack.ts";
import { ScratchParts } from "../scratch_parts.ts";
import { type MatmulSpec, type MatmulTiling, PANEL_COLUMNS, TILE_ROWS } from "./tiling.ts";

/** Byte offsets in a thread's scratch memory. */
export interface ScratchLayout {
  /** Sums for the epilogue, after the packed panels of B. */
  readonly sums: number;
  /** The packed strip of A. */
  readonly strip: number;
  readonly byteLength: number;
}

/** Computes the layout of one thread's scratch memory. */
export function scratchLayout(
  { spec, tiling, hasEpilogue }: {
    spec: MatmulSpec;
    tiling: MatmulTiling;
    hasEpilogue: boolean;
  },
  guard: Guard | undefined,
): ScratchLayout {
  const unitColumns = tiling.panelsPerUnit * PANEL_COLUMNS;
  const tiles = tiling.rowsPerStrip / TILE_ROWS;
  const parts = new ScratchParts(guard);
  parts.take("panels", 4 * unitColumns * spec.k);
  const sums = parts.take("sums", hasEpilogue ? 4 * unitColumns * tiling.rowsPerUnit : 0);
  const stripBytes = tiling.packA ? tiles * packedTileByteLength(tiling.kBlock) : 0;
  const strip = parts.take("strip", stripBytes);
  return { sums, strip, byteLength: parts.byteLength };
}

/** The five parameters of every product, and those of its epilogue. */
export interface MatmulParams {
  readonly a: Local;
  readonly b: Local;
  readonly scratch: Local;
  readonly unitFrom: Local;
  readonly unitTo: Local;
  readonly extra: readonly Local[];
}

/** The current block of k: groups of four, whether it is the last, whether sums exist. */
export interface KBlock {
  readonly groups: number | Local;
  readonly last: true | Local;
  readonly resume: Local | undefined;
}

/** Local variables of the loops. */
export interface LoopLocals {
  /** The part of C that the unit computes. */
  readonly rowFrom: Local;
  readonly rowTo: Local;
  readonly panelFrom: Local;
  readonly panelTo: Local;
  readonly kFrom: Local;
  readonly stripFrom: Local;
  readonly stripTo: Local;
  readonly panel: Local;
  readonly row: Local;
  /** Addresses of the current strip of A, panel of B, and register block of C. */
  readonly aStrip: Local;
  readonly bPanel: Local;
  readonly target: Local;
}

/** How a tile reads A: in place, or from the packed strip. */
export interface RowSource {
  readonly aRowBytes: number;
  readonly aStepBytes: number;
  readonly aGroupBytes: number;
  /** Bytes from one row of tiles to the row below, per row. */
  readonly stripRowBytes: number;
}

/** Declares {@linkcode LoopLocals}. */
export function declareLoopLocals(f: FunctionBuilder): LoopLocals {
  const local = () => f.local("i32");
  return {
    rowFrom: local(),
    rowTo: local(),
    panelFrom: local(),
    panelTo: local(),
    kFrom: local(),
    stripFrom: local(),
    stripTo: local(),
    panel: local(),
    row: local(),
    aStrip: local(),
    bPanel: local(),
    target: local(),
  };
}

/** Sets `result` to the smaller of `base + step` and `limit`. */
export function emitMinimum(
  f: FunctionBuilder,
  base: Local,
  step: number,
  limit: number,
  result: Local,
): void {
  f.get(base).i32(step).op("i32.add").tee(result).i32(limit);
  f.get(result).i32(limit).op("i32.lt_s", "select").set(result);
}
