/** The memory that a call of a tile accesses, for checked mode. */
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import type { VectorBytes } from "./registers.ts";
import type { Tile } from "./tile.ts";

/** The operands of a call, as byte addresses, and the numbers that its tile leaves open. */
export interface TileCall {
  readonly a: Local;
  readonly b: Local;
  readonly c: Local;
  /** Iterations of the loop whose number is not constant; at least 1. Default: 1. */
  readonly turns?: Operand;
  /** Number of tiles; at least 1. Default: 1. */
  readonly tiles?: Operand;
  /** Nonzero to add the sums to those in C, if the tile leaves that open. */
  readonly add?: Operand;
}

/** The bytes of one operand that a call accesses. */
export interface Span {
  readonly kind: "read" | "write";
  /** Byte offset of the first one from the operand's address. */
  readonly offset: number;
  /** Number of bytes for one iteration of the given loop and one tile. */
  readonly byteLength: number;
  /** Additional bytes for each further iteration, and for each further tile. */
  readonly perTurn: number;
  readonly perTile: number;
}

/** The spans of a tile's operands. */
export function spansOf(
  tile: Tile,
  vectorBytes: VectorBytes,
): { readonly a: Span; readonly b: Span; readonly c: Span } {
  const { rows, vectors, sums, next } = tile;
  const lastSum = (rows.length - 1) * sums.row + (vectors.length - 1) * sums.vector;
  return {
    a: readSpan(tile, "a", { offsets: rows, elementBytes: 4 }),
    b: readSpan(tile, "b", { offsets: vectors, elementBytes: vectorBytes }),
    c: {
      kind: "write",
      offset: 0,
      byteLength: lastSum + vectorBytes,
      perTurn: 0,
      perTile: next.c,
    },
  };
}

function readSpan(
  { loops, terms, tail, next }: Tile,
  operand: "a" | "b",
  { offsets, elementBytes }: { offsets: readonly number[]; elementBytes: number },
): Span {
  const [inner] = loops;
  const turns = inner ? Number(inner.turns === "given" ? 1 : inner.turns) : 1;
  const step = inner?.[operand] ?? 0;
  // The terms of the first and of the last iteration, and those after it, of the innermost loop.
  const places = terms.flatMap((term, t) => [
    ...(turns > 0 ? [term[operand], term[operand] + (turns - 1) * step] : []),
    ...(t < tail ? [term[operand] + turns * step] : []),
  ]);
  const outer = loops.slice(1).reduce(
    (sum, loop) => sum + (loop.turns === "given" ? 0 : (loop.turns - 1) * loop[operand]),
    0,
  );
  const offset = Math.min(...offsets) + Math.min(...places);
  return {
    kind: "read",
    offset,
    byteLength: Math.max(...offsets) + Math.max(...places) + outer + elementBytes - offset,
    perTurn: loops.find((loop) => loop.turns === "given")?.[operand] ?? 0,
    perTile: next[operand],
  };
}

/** Emits the check of an operand's span, and pushes the operand's address in memory. */
export function emitSpan(
  f: FunctionBuilder,
  guard: Guard,
  { address, call, ...span }: Span & {
    address: Local;
    call: Pick<TileCall, "turns" | "tiles">;
  },
): void {
  const byteLength = f.local("i32");
  f.i32(span.byteLength);
  for (
    const [count, bytes] of [[call.turns, span.perTurn], [call.tiles, span.perTile]] as const
  ) {
    if (count === undefined || bytes === 0) continue;
    f.push(count).i32(1).op("i32.sub").i32(bytes).op("i32.mul", "i32.add");
  }
  f.set(byteLength).get(address).i32(span.offset).op("i32.add");
  guard.span(f, span.kind, byteLength);
  f.i32(span.offset).op("i32.sub");
}
