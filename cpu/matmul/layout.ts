/** The locals and scratch memory of a matrix product's loops. */
import { ScratchParts } from "../scratch_parts.ts";
import type { FunctionBuilder } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import { packedTileByteLength } from "./pack.ts";
import { type MatmulSpec, type MatmulTiling, TILE_ROWS } from "./tiling.ts";

/** Byte offsets in a thread's scratch memory. */
export interface ScratchLayout {
  /** Sums for the epilogue, after the packed panels of B. */
  readonly sums: number;
  /** Bytes between the sums of adjacent rows. */
  readonly sumsRowBytes: number;
  /** The packed strip of A. */
  readonly strip: number;
  readonly byteLength: number;
}

/** Computes the layout of one thread's scratch memory. */
export function scratchLayout(
  spec: MatmulSpec,
  { panelColumns, panelsPerUnit, rowsPerUnit, rowsPerStrip, packA, kBlock }: MatmulTiling,
  guard: Guard | undefined,
): ScratchLayout {
  const sumsRowBytes = 4 * panelsPerUnit * panelColumns;
  const parts = new ScratchParts(guard);
  parts.take("panels", sumsRowBytes * spec.k);
  const sums = parts.take("sums", sumsRowBytes * rowsPerUnit);
  const tiles = rowsPerStrip / TILE_ROWS;
  const strip = parts.take("strip", packA ? tiles * packedTileByteLength(kBlock) : 0);
  return { sums, sumsRowBytes, strip, byteLength: parts.byteLength };
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
