import type { VectorBytes } from "../native/registers.ts";
import type { Tile } from "../native/tile.ts";
import type { RowSource } from "./tile.ts";
import { TILE_ROWS } from "./tiling.ts";

/** Number of terms per iteration, the same as in a group of a packed strip of A. */
const GROUP = 4;

/** The tile of a block of rows and one panel. */
export function matmulTile(
  { rows, vectors, terms, source, bStepBytes, sumsRowBytes, vectorBytes }: {
    rows: number;
    vectors: number;
    terms: number;
    source: RowSource;
    bStepBytes: number;
    sumsRowBytes: number;
    vectorBytes: VectorBytes;
  },
): Tile {
  const { aRowBytes, aStepBytes, aGroupBytes, stripRowBytes } = source;
  return {
    // A strip of A is packed by tiles of a few rows; unpacked rows are equally far apart.
    rows: Array.from(
      { length: rows },
      (_, r) => TILE_ROWS * stripRowBytes * Math.floor(r / TILE_ROWS) + aRowBytes * (r % TILE_ROWS),
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
