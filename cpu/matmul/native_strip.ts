/** Emits the tiles of a matrix product as calls of native code. */
import type { NativeProgram } from "../native/native_program.ts";
import type { Tile } from "../native/tile.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { LoopLocals } from "./layout.ts";
import type { RowSource } from "./row_source.ts";
import { NATIVE_PACKED_ROWS as PACKED } from "./tiling.ts";

/** Number of terms per iteration, the same as in a group of a packed strip of A. */
const GROUP = 4;

/** A strip of A and a panel of B, and the current block of k. */
interface StripCall {
  readonly at: LoopLocals;
  /** Number of tiles in the strip. */
  readonly tiles: Local;
  readonly k: number;
  readonly kBlock: number;
  /** Whether this is the last block, which may be smaller. */
  readonly last: true | Local;
}

/** A block of rows and one panel. */
interface TileShape {
  readonly rows: number;
  readonly vectors: number;
  readonly source: RowSource;
  readonly bStepBytes: number;
  readonly sumsRowBytes: number;
}

/** Emits one call for all tiles of a strip. */
export function emitStripCalls(
  f: FunctionBuilder,
  native: NativeProgram,
  { at, tiles, k, kBlock, last }: StripCall,
  shape: TileShape,
): void {
  const { aStrip, bPanel, target, kFrom } = at;
  const emitCall = (terms: number) => (): void => {
    const tile = matmulTile(shape, { terms, vectorBytes: native.vectorBytes });
    native.emitCall(f, tile, { a: aStrip, b: bPanel, c: target, tiles, add: kFrom });
  };
  const lastTerms = k - kBlock * (Math.ceil(k / kBlock) - 1);
  if (last === true || lastTerms === kBlock) emitCall(lastTerms)();
  else f.get(last).if(emitCall(lastTerms), emitCall(kBlock));
}

function matmulTile(
  { rows, vectors, source, bStepBytes, sumsRowBytes }: TileShape,
  { terms, vectorBytes }: { terms: number; vectorBytes: number },
): Tile {
  const { aRowBytes, aStepBytes, aGroupBytes, stripRowBytes } = source;
  return {
    // A strip of A is packed by tiles of a few rows; unpacked rows are equally far apart.
    rows: Array.from(
      { length: rows },
      (_, r) => PACKED * stripRowBytes * Math.floor(r / PACKED) + aRowBytes * (r % PACKED),
    ),
    vectors: Array.from({ length: vectors }, (_, v) => vectorBytes * v),
    terms: Array.from({ length: GROUP }, (_, t) => ({ a: aStepBytes * t, b: bStepBytes * t })),
    tail: terms % GROUP,
    loops: [{ turns: Math.floor(terms / GROUP), a: aGroupBytes, b: GROUP * bStepBytes }],
    copies: 1,
    sums: { row: sumsRowBytes, vector: vectorBytes },
    into: "given",
    next: { a: rows * stripRowBytes, b: 0, c: rows * sumsRowBytes },
  };
}
