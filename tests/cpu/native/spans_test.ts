import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { VectorBytes } from "../../../cpu/native/registers.ts";
import type { Tile } from "../../../cpu/native/tile.ts";
import { type Span, spansOf } from "../../../cpu/native/tile_spans.ts";

/** The lowest byte that an operand's accesses reach, and the one after the highest. */
function reach(
  tile: Tile,
  operand: "a" | "b",
  { given, tiles, bytes }: { given: number; tiles: number; bytes: number },
): [number, number] {
  const offsets = operand === "a" ? tile.rows : tile.vectors;
  const found: number[] = [];
  const visit = (level: number, base: number): void => {
    if (level < 0) {
      tile.terms.forEach((term) => offsets.forEach((o) => found.push(base + o + term[operand])));
      return;
    }
    const { turns, [operand]: step } = tile.loops[level]!;
    const count = turns === "given" ? given : turns;
    for (let i = 0; i < count; i++) visit(level - 1, base + i * step);
    if (level > 0) return;
    tile.terms.slice(0, tile.tail).forEach((term) =>
      offsets.forEach((o) => found.push(base + count * step + o + term[operand]))
    );
  };
  for (let t = 0; t < tiles; t++) visit(tile.loops.length - 1, t * tile.next[operand]);
  return [Math.min(...found), Math.max(...found) + bytes];
}

function stated(span: Span, given: number, tiles: number): [number, number] {
  const { offset, byteLength, perTurn, perTile } = span;
  return [offset, offset + byteLength + (given - 1) * perTurn + (tiles - 1) * perTile];
}

const bytes = fc.integer({ min: 0, max: 60 }).map((n) => 4 * n);
const pair = fc.record({ a: bytes, b: bytes });

const anyTile: fc.Arbitrary<Tile> = fc.record({
  rows: fc.array(bytes, { minLength: 1, maxLength: 4 }),
  vectors: fc.array(bytes, { minLength: 1, maxLength: 3 }),
  terms: fc.array(pair, { minLength: 1, maxLength: 4 }),
  tail: fc.integer({ min: 0, max: 3 }),
  loops: fc.tuple(fc.integer({ min: 0, max: 3 }), pair, fc.integer({ min: 1, max: 3 }), pair)
    .chain(([inner, one, outer, other]) =>
      fc.constantFrom(
        [{ turns: inner, ...one }],
        [{ turns: "given" as const, ...one }],
        [{ turns: inner, ...one }, { turns: outer, ...other }],
        [{ turns: inner, ...one }, { turns: "given" as const, ...other }],
      )
    ),
  copies: fc.constant(1),
  sums: fc.constant({ row: 64, vector: 64 }),
  into: fc.constant("replace" as const),
  next: fc.record({ a: bytes, b: bytes, c: bytes }),
}).map((tile) => {
  const tail = Math.min(tile.tail, tile.terms.length);
  return { ...tile, tail: tile.loops[0]!.turns === 0 ? Math.max(1, tail) : tail };
});

Deno.test("spans are exactly what a tile's loops reach", () => {
  const count = fc.integer({ min: 1, max: 3 });
  fc.assert(fc.property(anyTile, count, count, (tile, given, tiles) => {
    const vectorBytes: VectorBytes = 32;
    const spans = spansOf(tile, vectorBytes);
    for (const operand of ["a", "b"] as const) {
      const size = operand === "a" ? 4 : vectorBytes;
      const expected = reach(tile, operand, { given, tiles, bytes: size });
      assertEquals(stated(spans[operand], given, tiles), expected);
    }
  }));
});
