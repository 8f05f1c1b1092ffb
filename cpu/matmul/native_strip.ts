/** Emits the tiles of matrix products as calls of native code. */
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

/** The tiles of a program's matrix products. */
export class NativeStrips {
  readonly #native: NativeProgram;
  /** Number of elements of a vector. */
  readonly lanes: NativeProgram["lanes"];

  constructor(native: NativeProgram) {
    this.#native = native;
    this.lanes = native.lanes;
  }

  /** Emits one call for all tiles of a strip. */
  emitCall(f: FunctionBuilder, { at, k, kBlock, last }: StripCall, shape: TileShape): void {
    const { aStrip, bPanel, target, stripFrom, stripTo, kFrom } = at;
    const tiles = f.local("i32");
    f.get(stripTo, stripFrom).op("i32.sub").i32(shape.rows).op("i32.div_u").set(tiles);
    const emitCall = (terms: number) => (): void => {
      const tile = matmulTile(shape, { terms, vectorBytes: this.#native.vectorBytes });
      this.#native.emitCall(f, tile, { a: aStrip, b: bPanel, c: target, tiles, add: kFrom });
    };
    const lastTerms = k - kBlock * (Math.ceil(k / kBlock) - 1);
    if (last === true || lastTerms === kBlock) emitCall(lastTerms)();
    else f.get(last).if(emitCall(lastTerms), emitCall(kBlock));
  }
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
