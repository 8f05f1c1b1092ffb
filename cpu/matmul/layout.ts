/** The locals and scratch memory of a matrix product's loops. */
import { ScratchParts } from "../scratch_parts.ts";
import type { FunctionBuilder } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import { packedTileByteLength } from "./pack.ts";
import type { MatmulTiling } from "./tiling.ts";

/** The layout of one thread's scratch memory, in bytes. */
export type ScratchLayout = ReturnType<typeof scratchLayout>;

/** Computes {@linkcode ScratchLayout}. */
export function scratchLayout(tiling: MatmulTiling, guard: Guard | undefined) {
  const { panelColumns, panelsPerUnit, rowsPerUnit, rowsPerStrip, packA } = tiling;
  const sumsRowBytes = 4 * panelsPerUnit * panelColumns;
  const stripBytes = packA ? rowsPerStrip / tiling.packedRows * packedTileByteLength(tiling) : 0;
  const parts = new ScratchParts(guard);
  parts.take("panels", sumsRowBytes * tiling.packedTerms);
  return {
    /** Sums for the epilogue, after the packed panels of B. */
    sums: parts.take("sums", sumsRowBytes * rowsPerUnit),
    /** Bytes between the sums of adjacent rows. */
    sumsRowBytes,
    /** The packed strip of A. */
    strip: parts.take("strip", stripBytes),
    byteLength: parts.byteLength,
  };
}

/** Local variables of the loops. */
export type LoopLocals = ReturnType<typeof declareLoopLocals>;

/** Declares {@linkcode LoopLocals}. */
export function declareLoopLocals(f: FunctionBuilder) {
  const local = () => f.local("i32");
  return {
    /** The part of C that the unit computes. */
    rowFrom: local(),
    rowTo: local(),
    panelFrom: local(),
    panelTo: local(),
    kFrom: local(),
    stripFrom: local(),
    stripTo: local(),
    panel: local(),
    row: local(),
    /** Addresses of the current strip of A, panel of B, and register block of sums. */
    aStrip: local(),
    bPanel: local(),
    target: local(),
  };
}
