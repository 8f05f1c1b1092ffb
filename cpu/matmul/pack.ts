/** Copies panels of B and strips of A into contiguous scratch memory. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitLaneLoads, emitTransposition } from "../wasm/vector_idioms.ts";
import type { KBlock } from "./k_block.ts";
import type { MatmulSpec, MatmulTiling } from "./tiling.ts";

/** A panel to pack: its columns, and all or part of k. */
interface PanelCopy extends KBlock {
  /** Address of the first element in B. */
  readonly source: Local;
  /** Address of the packed panel. */
  readonly target: Local;
  /** Number of columns that exist in B, and of columns to fill. The others become zero. */
  readonly columns: number;
  readonly filled: number;
}

/**
 * Emits the copy of one panel. For each k, the packed panel holds its columns, padded with zeros.
 * Advances both address locals.
 */
export function emitPanelPacking(f: FunctionBuilder, spec: MatmulSpec, copy: PanelCopy): void {
  if (spec.b.colStride === 1) emitRowCopy(f, spec, copy);
  else emitTransposedCopy(f, spec, copy);
}

// B's rows are contiguous: each k contributes one short row.
function emitRowCopy(f: FunctionBuilder, spec: MatmulSpec, copy: PanelCopy): void {
  const { source, target, columns, filled } = copy;
  const quads = filled / 4;
  const rowBytes = 4 * spec.b.rowStride;
  emitTerms(f, copy, (steps) => {
    for (let step = 0; step < steps; step++) {
      for (let quad = 0; quad < quads; quad++) {
        f.get(target);
        emitQuadLoad(f, source, step * rowBytes + 16 * quad, columns - 4 * quad, 4);
        f.memory("v128.store", 16 * (step * quads + quad));
      }
    }
    f.advance(source, steps * rowBytes);
    f.advance(target, 16 * steps * quads);
  });
}

// B's columns are contiguous: four columns by four k are transposed in registers.
function emitTransposedCopy(f: FunctionBuilder, spec: MatmulSpec, copy: PanelCopy): void {
  const { source, target, columns, filled } = copy;
  const quads = filled / 4;
  const columnBytes = 4 * spec.b.colStride;
  const rows = f.locals("v128", 4);
  emitTerms(f, copy, (steps) => {
    for (let quad = 0; quad < quads; quad++) {
      const base = 4 * quad * columnBytes;
      if (steps === 4) {
        rows.forEach((row, column) => {
          if (4 * quad + column >= columns) f.i32x4(0).set(row);
          else f.get(source).memory("v128.load", base + column * columnBytes).set(row);
        });
        emitTransposition(f, rows, rows);
        rows.forEach((row, step) => {
          f.get(target, row).memory("v128.store", 16 * (step * quads + quad));
        });
      } else {
        for (let step = 0; step < steps; step++) {
          f.get(target);
          emitQuadLoad(f, source, base + 4 * step, columns - 4 * quad, columnBytes);
          f.memory("v128.store", 16 * (step * quads + quad));
        }
      }
    }
    f.advance(source, 4 * steps);
    f.advance(target, 16 * steps * quads);
  });
}

/** A strip of A to pack: whole tiles, and all or part of k. */
interface StripCopy extends KBlock {
  /** Address of the strip's first element in A. */
  readonly source: Local;
  /** Address of the packed strip. */
  readonly target: Local;
  /** Number of rows in the strip, a multiple of `packedRows`. */
  readonly rows: Local;
  /** Rows and bytes of a packed tile. */
  readonly packedRows: number;
  readonly tileBytes: number;
}

/** Size in bytes of one tile of a packed strip. */
export function packedTileByteLength(
  { packedRows, kBlock }: Pick<MatmulTiling, "packedRows" | "kBlock">,
): number {
  return 16 * packedRows * Math.ceil(kBlock / 4);
}

/** Tiles of a column-major A that are packed together, so that whole cache lines are read. */
const ADJACENT_TILES = 4;

/**
 * Emits the copy of one strip. A packed tile holds blocks of all its rows, one per group of four k.
 * A block keeps the order of A, so that no transposition is needed.
 */
export function emitStripPacking(f: FunctionBuilder, spec: MatmulSpec, copy: StripCopy): void {
  const row = f.local("i32"), rest = f.local("i32");
  const { rows, packedRows } = copy;
  const copyTiles = (count: number) => () => emitTileCopies(f, spec, { ...copy, row }, count);
  if (spec.a.colStride === 1) return void f.for(row, 0, rows, packedRows, copyTiles(1));
  const adjacent = ADJACENT_TILES * packedRows;
  f.get(rows, rows).i32(adjacent).op("i32.rem_u", "i32.sub").set(rest);
  f.for(row, 0, rest, adjacent, copyTiles(ADJACENT_TILES));
  f.for(row, rest, rows, packedRows, copyTiles(1));
}

// Copies `tiles` adjacent tiles, starting at `row` of the strip. The lines of a block are rows of
// four k if A is row-major, otherwise columns of all rows of the tile.
function emitTileCopies(
  f: FunctionBuilder,
  spec: MatmulSpec,
  copy: StripCopy & { readonly row: Local },
  tiles: number,
): void {
  const { packedRows, tileBytes } = copy;
  const rowMajor = spec.a.colStride === 1;
  const lineBytes = 4 * (rowMajor ? spec.a.rowStride : spec.a.colStride);
  const [lines, length] = rowMajor ? [packedRows, 4] : [4, packedRows];
  const from = f.local("i32"), to = f.local("i32"), group = f.local("i32");
  f.get(copy.source, copy.row).i32(4 * spec.a.rowStride).op("i32.mul", "i32.add").set(from);
  f.get(copy.target, copy.row).i32(tileBytes / packedRows).op("i32.mul", "i32.add").set(to);
  const emitLines = (count: number, valid: number) => {
    for (let line = 0; line < count; line++) {
      for (let tile = 0; tile < tiles; tile++) {
        const source = line * lineBytes + 4 * packedRows * tile;
        emitLineCopy(f, { from, source, to, target: 4 * length * line + tile * tileBytes }, {
          length,
          valid,
        });
      }
    }
  };
  f.for(group, 0, copy.groups, 1, () => {
    emitLines(lines, length);
    f.advance(from, rowMajor ? 16 : 4 * lineBytes);
    f.advance(to, 16 * packedRows);
  });
  if (copy.remainder === 0) return;
  const emitRest = () =>
    rowMajor ? emitLines(lines, copy.remainder) : emitLines(copy.remainder, length);
  if (copy.last === true) emitRest();
  else f.get(copy.last).if(emitRest);
}

/** Copies a line of at least four elements, of which `valid` exist. Its last quad may overlap. */
function emitLineCopy(
  f: FunctionBuilder,
  { from, source, to, target }: { from: Local; source: number; to: Local; target: number },
  { length, valid }: { length: number; valid: number },
): void {
  for (let quad = 0; quad < Math.ceil(length / 4); quad++) {
    const first = Math.min(4 * quad, length - 4);
    f.get(to);
    emitQuadLoad(f, from, source + 4 * first, valid - first, 4);
    f.memory("v128.store", target + 4 * first);
  }
}

/** Runs `body` over four terms at a time, then over the rest. */
function emitTerms(
  f: FunctionBuilder,
  { groups, remainder, last }: KBlock,
  body: (terms: number) => void,
): void {
  f.for(f.local("i32"), 0, groups, 1, () => body(4));
  if (remainder === 0) return;
  if (last === true) body(remainder);
  else f.get(last).if(() => body(remainder));
}

/**
 * Pushes up to four elements that are `laneBytes` apart. Lanes from `valid` on, which may be all,
 * are zero.
 */
function emitQuadLoad(
  f: FunctionBuilder,
  address: Local,
  byteOffset: number,
  valid: number,
  laneBytes: number,
): void {
  if (valid >= 4 && laneBytes === 4) {
    f.get(address).memory("v128.load", byteOffset);
    return;
  }
  if (valid <= 0) return void f.i32x4(0);
  const vector = f.local("v128");
  emitLaneLoads(f, { address, byteOffset, laneBytes }, { vector, count: Math.min(valid, 4) });
  f.get(vector);
}
