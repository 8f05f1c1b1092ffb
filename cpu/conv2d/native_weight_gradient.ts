/** Emits the runs of a weight gradient over a block of pixels as calls of native code. */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { NativeProgram } from "../native/native_program.ts";
import { VECTOR_REGISTERS } from "../native/registers.ts";
import type { Tile } from "../native/tile.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { forwardGather, tapOffset } from "./geometry.ts";
import { copiesOf } from "./pixel_run.ts";
import type { WeightGradientLayout, WeightGradientTiling } from "./weight_tiling.ts";
import type { WeightUnitLocals } from "./weight_units.ts";

/** Most taps of a tile. They share the broadcast elements of the cotangent. */
const MOST_TAPS = 3;

/** Most output channels of a tile. */
const MOST_ROWS = 16;

/** Rows of a whole run in WebAssembly, whose sums have one register each. */
const RUN_ROWS = 4;

/** Pixels per iteration of the innermost loop. */
const TURN = 4;

/** A weight gradient whose runs are native tiles. */
interface NativeWeightGradient {
  readonly sizes: Conv2dSizes;
  readonly tiling: WeightGradientTiling;
  readonly layout: WeightGradientLayout;
  readonly native: NativeProgram;
}

/** Emits the runs for all output channels and taps of a unit. */
export function emitNativeRuns(
  f: FunctionBuilder,
  plan: NativeWeightGradient,
  at: WeightUnitLocals,
): void {
  const { sizes, layout } = plan;
  const taps = forwardGather(sizes).classes[0]!.taps.map((tap) => tapOffset(layout.frame, tap));
  const share = Math.ceil(taps.length / Math.ceil(taps.length / MOST_TAPS));
  for (let first = 0; first < taps.length; first += share) {
    emitTaps(f, plan, { at, first, taps: taps.slice(first, first + share) });
  }
}

/**
 * Emits large tiles of output channels, then small ones, then the rest of the last block. All but the
 * rest are whole runs in WebAssembly.
 */
function emitTaps(
  f: FunctionBuilder,
  plan: NativeWeightGradient,
  { at, first, taps }: { at: WeightUnitLocals; first: number; taps: readonly number[] },
): void {
  const { sizes, tiling: { lanes } } = plan;
  const [row, tiles] = f.locals("i32", 2);
  const fitting = (VECTOR_REGISTERS[lanes] - 1) / taps.length - 1;
  const large = Math.min(MOST_ROWS, RUN_ROWS * Math.floor(fitting / RUN_ROWS));
  const rest = sizes.o / sizes.groups % RUN_ROWS;
  f.i32(0).set(row);
  for (const rows of new Set([large, RUN_ROWS, rest])) {
    if (rows === 0) continue;
    f.get(at.rowCount, row).op("i32.sub").i32(rows).op("i32.div_u").tee(tiles).if(() => {
      emitRows(f, plan, { at, row, tiles, rows, first, taps });
      f.get(row, tiles).i32(rows).op("i32.mul", "i32.add").set(row);
    });
  }
}

/** Emits the call for a number of tiles of output channels from `row` on. */
function emitRows(
  f: FunctionBuilder,
  plan: NativeWeightGradient,
  { at, row, tiles, rows, first, taps }: {
    at: WeightUnitLocals;
    row: Local;
    tiles: Local;
    rows: number;
    first: number;
    taps: readonly number[];
  },
): void {
  const { sizes, tiling: { lanes, rowsPerUnit, linesPerBlock }, native } = plan;
  const [a, c] = f.locals("i32", 2);
  const rowBytes = 4 * lanes;
  f.get(at.gradient, row).i32(4 * sizes.outHeight * sizes.outWidth).op("i32.mul", "i32.add").set(a);
  f.get(at.sums, row).i32(rowBytes).op("i32.mul", "i32.add");
  f.i32(first * rowsPerUnit * rowBytes).op("i32.add").set(c);
  const turns = linesPerBlock === sizes.outHeight ? at.imageCount : at.lineCount;
  native.emitCall(f, runTile(plan, rows, taps), { a, b: at.frames, c, turns, tiles });
}

/** The tile of a few output channels and taps: the loops over pixels, rows, and images. */
function runTile(
  { sizes, tiling: { lanes, rowsPerUnit, linesPerBlock }, layout: { frame } }: NativeWeightGradient,
  rows: number,
  taps: readonly number[],
): Tile {
  const { outHeight, outWidth, o } = sizes;
  const pixelBytes = 4 * lanes;
  const gradientBytes = 4 * outHeight * outWidth;
  const pixels = { turns: Math.floor(outWidth / TURN), a: 4 * TURN, b: TURN * pixelBytes };
  const lines = { a: 4 * outWidth, b: frame.indexBytes };
  const images = { turns: "given", a: gradientBytes * o, b: frame.channelBytes } as const;
  return {
    rows: Array.from({ length: rows }, (_, row) => gradientBytes * row),
    vectors: taps,
    terms: Array.from({ length: TURN }, (_, pixel) => ({ a: 4 * pixel, b: pixelBytes * pixel })),
    tail: outWidth % TURN,
    loops: linesPerBlock === outHeight
      ? [pixels, { turns: outHeight, ...lines }, images]
      : [pixels, { turns: "given", ...lines }],
    copies: rows < RUN_ROWS ? copiesOf({ rows, vectors: 2 }) : 1,
    sums: { row: pixelBytes, vector: rowsPerUnit * pixelBytes },
    add: true,
    next: { a: rows * gradientBytes, b: 0, c: rows * pixelBytes },
  };
}
