/** Emits the runs of a weight gradient over a block of pixels as calls of native code. */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { NativeProgram } from "../native/native_program.ts";
import { VECTOR_REGISTERS } from "../native/registers.ts";
import type { Tile } from "../native/tile.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { copiesOf } from "./pixel_run.ts";
import type { WeightGradientLayout, WeightGradientTiling } from "./weight_tiling.ts";
import type { WeightUnitLocals } from "./weight_units.ts";

/** Most vectors of a tile. They share the broadcast elements of the cotangent. */
const MOST_VECTORS = 3;

/**
 * Most output channels of a tile; and if each starts a page of memory, so that they share a few lines
 * of the L1 cache.
 */
const MOST_ROWS = 16;
const MOST_PAGES = 8;

/** Bytes of a page, which are those of one way of the L1 cache. */
const PAGE_BYTES = 4096;

/** Pixels per iteration of the innermost loop. */
const TURN = 4;

/** A weight gradient whose runs are native tiles. */
interface NativeWeightGradient {
  readonly sizes: Conv2dSizes;
  readonly tiling: WeightGradientTiling;
  readonly layout: WeightGradientLayout;
  readonly native: NativeProgram;
}

/**
 * Rows of a whole run in WebAssembly, whose sums have one register each, and the number of its
 * vectors.
 */
function wasmRun({ tiling: { lanes } }: NativeWeightGradient): { rows: number; vectors: 1 | 2 } {
  return lanes === 4 ? { rows: 8, vectors: 1 } : { rows: 4, vectors: 2 };
}

/** Emits the runs for all output channels and taps of a unit. */
export function emitNativeRuns(
  f: FunctionBuilder,
  plan: NativeWeightGradient,
  at: WeightUnitLocals,
): void {
  const { offsets } = plan.layout.tapVectors;
  const fitting = Math.floor((VECTOR_REGISTERS[plan.native.lanes] - 1) / (wasmRun(plan).rows + 1));
  const most = Math.min(MOST_VECTORS, fitting);
  const share = Math.ceil(offsets.length / Math.ceil(offsets.length / most));
  for (let first = 0; first < offsets.length; first += share) {
    emitVectors(f, plan, { at, first, vectors: offsets.slice(first, first + share) });
  }
}

/**
 * Emits large tiles of output channels, then small ones, then the rest of the last block. All but the
 * rest are whole runs in WebAssembly.
 */
function emitVectors(
  f: FunctionBuilder,
  plan: NativeWeightGradient,
  { at, first, vectors }: { at: WeightUnitLocals; first: number; vectors: readonly number[] },
): void {
  const { sizes, native } = plan;
  const [row, tiles] = f.locals("i32", 2);
  const whole = wasmRun(plan).rows;
  const fitting = (VECTOR_REGISTERS[native.lanes] - 1) / vectors.length - 1;
  const isPaged = 4 * sizes.outHeight * sizes.outWidth % PAGE_BYTES === 0;
  const most = isPaged ? MOST_PAGES : MOST_ROWS;
  const large = Math.min(most, whole * Math.floor(fitting / whole));
  const rest = sizes.o / sizes.groups % whole;
  f.i32(0).set(row);
  for (const rows of new Set([large, whole, rest])) {
    if (rows === 0) continue;
    f.get(at.rowCount, row).op("i32.sub").i32(rows).op("i32.div_u").tee(tiles).if(() => {
      emitRows(f, plan, { at, row, tiles, rows, first, vectors });
      f.get(row, tiles).i32(rows).op("i32.mul", "i32.add").set(row);
    });
  }
}

/** Emits the call for a number of tiles of output channels from `row` on. */
function emitRows(
  f: FunctionBuilder,
  plan: NativeWeightGradient,
  { at, row, tiles, rows, first, vectors }: {
    at: WeightUnitLocals;
    row: Local;
    tiles: Local;
    rows: number;
    first: number;
    vectors: readonly number[];
  },
): void {
  const { sizes, tiling: { rowsPerUnit, linesPerBlock }, native } = plan;
  const [a, c] = f.locals("i32", 2);
  const rowBytes = native.vectorBytes;
  f.get(at.gradient, row).i32(4 * sizes.outHeight * sizes.outWidth).op("i32.mul", "i32.add").set(a);
  f.get(at.sums, row).i32(rowBytes).op("i32.mul", "i32.add");
  f.i32(first * rowsPerUnit * rowBytes).op("i32.add").set(c);
  const turns = linesPerBlock === sizes.outHeight ? at.imageCount : at.lineCount;
  native.emitCall(f, runTile(plan, rows, vectors), { a, b: at.frames, c, turns, tiles });
}

/** The tile of a few output channels and vectors: the loops over pixels, rows, and images. */
function runTile(plan: NativeWeightGradient, rows: number, vectors: readonly number[]): Tile {
  const { tiling: { lanes, rowsPerUnit, linesPerBlock }, layout: { frame }, native } = plan;
  const { outHeight, outWidth, o } = plan.sizes;
  const wasm = wasmRun(plan);
  const pixelBytes = 4 * lanes;
  const gradientBytes = 4 * outHeight * outWidth;
  const pixels = { turns: Math.floor(outWidth / TURN), a: 4 * TURN, b: TURN * pixelBytes };
  const lines = { a: 4 * outWidth, b: frame.indexBytes };
  const images = { turns: "given", a: gradientBytes * o, b: frame.channelBytes } as const;
  return {
    rows: Array.from({ length: rows }, (_, row) => gradientBytes * row),
    vectors,
    terms: Array.from({ length: TURN }, (_, pixel) => ({ a: 4 * pixel, b: pixelBytes * pixel })),
    tail: outWidth % TURN,
    loops: linesPerBlock === outHeight
      ? [pixels, { turns: outHeight, ...lines }, images]
      : [pixels, { turns: "given", ...lines }],
    copies: rows < wasm.rows ? copiesOf({ rows, vectors: wasm.vectors }) : 1,
    sums: { row: native.vectorBytes, vector: rowsPerUnit * native.vectorBytes },
    into: "add",
    next: { a: rows * gradientBytes, b: 0, c: rows * native.vectorBytes },
  };
}
