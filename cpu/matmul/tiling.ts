/** The tiling of a matrix product into units of work, cache blocks, and register blocks. */
import type { Lanes } from "../native/registers.ts";

/** Strides of a matrix along its two axes, in elements. */
export interface MatrixStrides {
  /** Elements between adjacent rows. */
  readonly rowStride: number;
  /** Elements between adjacent columns. */
  readonly colStride: number;
}

/** One matrix product C = A·B, with everything known except the addresses. */
export interface MatmulSpec {
  /** Rows of A and C. */
  readonly m: number;
  /** Columns of B and C. */
  readonly n: number;
  /** Columns of A, rows of B. */
  readonly k: number;
  /** Strides of A as an m × k matrix; one of them is 1. */
  readonly a: MatrixStrides;
  /** Strides of B as a k × n matrix; one of them is 1. */
  readonly b: MatrixStrides;
  /** Whether to use the fused multiply-add of relaxed SIMD. */
  readonly relaxed: boolean;
}

/** Most rows of a register block of WebAssembly. */
export const MOST_TILE_ROWS = 6;

/** The same without fused multiply-add: each product needs a register before it is added. */
const UNFUSED_TILE_ROWS = 5;

/** Rows of a tile of a packed strip of A in native code, whose register blocks take several. */
export const NATIVE_PACKED_ROWS = 4;

/** Register blocks by the number of lanes in a vector: most rows, and vectors of columns. */
const BLOCKS: Readonly<Record<Lanes, { rows: number; vectors: number }>> = {
  4: { rows: MOST_TILE_ROWS, vectors: 2 },
  8: { rows: 4, vectors: 3 },
  16: { rows: 12, vectors: 2 },
};

/**
 * Most bytes of a strip of A. In WebAssembly, it stays in the L1 cache together with one panel of B;
 * in native code, whose panels are wider, in the L2 cache.
 */
const STRIP_BYTES = 24576;
const NATIVE_STRIP_BYTES = 131072;

/** Most bytes of a block of packed B, so that it stays in the L2 cache. */
const PACKED_BYTES = 262144;

/**
 * Most bytes of the packed panels of a unit with all terms. Each thread has memory for them, so panels
 * of more terms are packed again for each unit, one block of k after the other.
 */
const MOST_PANEL_BYTES = 2 ** 25;

/** Most terms that are summed before the sum is added to those of previous blocks. */
const MAXIMUM_K_BLOCK = 256;

/** Rows per unit. Fewer if there would be too few units to share. */
const MAXIMUM_UNIT_ROWS = 256;

/** Fewest rows per unit in WebAssembly, and fewest tiles per unit in native code. */
const FEWEST_UNIT_ROWS = 32;
const FEWEST_NATIVE_TILES = 8;

/** Target number of units, so that a few threads get equal shares. */
const WANTED_UNITS = 16;

/** Fewest rows for which packing a panel of a row-major B pays off. */
const MINIMUM_ROWS_TO_PACK = 32;

/**
 * Row stride from which on the rows of B map to the same few cache sets. Packing then pays off with
 * fewer rows.
 */
const FAR_APART = 512;
const MINIMUM_FAR_ROWS_TO_PACK = 8;

/** Smallest column stride for which packing a column-major A pays off. */
const FAR_COLUMNS = 256;

/** Bytes between rows of A that map to one set of the L1 cache, so that packing pays off. */
const CACHE_SET_BYTES = 4096;

/** Fewest panels that must share a strip of A for packing to pay off. */
const PANELS_PER_STRIP = 8;

/**
 * Fewest columns of a unit's rows, if there are rows enough for all threads: an epilogue then reads
 * and writes whole pieces of the rows of other matrices.
 */
const UNIT_COLUMNS = 128;

/** Fewest rows for which rows alone give all threads units. */
const MANY_ROWS = 64 * WANTED_UNITS;

/** The tiling parameters derived from a {@linkcode MatmulSpec}. */
export interface MatmulTiling {
  /** Rows of a register block. */
  readonly tileRows: number;
  /** Columns of a register block, and of one packed panel of B. */
  readonly panelColumns: number;
  /** Number of panels per unit. */
  readonly panelsPerUnit: number;
  /** Number of rows per unit, a multiple of `tileRows`. */
  readonly rowsPerUnit: number;
  /**
   * Number of rows that are multiplied with a panel of B while it is in the L1 cache; a multiple of
   * `tileRows`.
   */
  readonly rowsPerStrip: number;
  /** Number of terms per block of k: all of them, or a multiple of 4. */
  readonly kBlock: number;
  /** Whether full panels of B are packed into scratch memory. Narrow ones always are. */
  readonly packB: boolean;
  /** Number of terms of packed panels: all of them, or those of a block of k. */
  readonly packedTerms: number;
  /** Whether strips of A are packed into scratch memory. */
  readonly packA: boolean;
  /** Rows of a tile of a packed strip, at least 4. In WebAssembly, those of a register block. */
  readonly packedRows: number;
}

/**
 * Chooses the tiling of one product. The blocks of k do not depend on the vectors, because results
 * depend on them.
 */
export function tileMatmul(spec: MatmulSpec, lanes: Lanes = 4): MatmulTiling {
  const { m, n, k, a, b, relaxed } = spec;
  const native = lanes > 4;
  const mostRows = native || relaxed ? BLOCKS[lanes].rows : UNFUSED_TILE_ROWS;
  const panelColumns = lanes * BLOCKS[lanes].vectors;
  const panels = Math.ceil(n / panelColumns);
  const kBlock = termsOfBlock(k);
  const farColumns = a.colStride >= FAR_COLUMNS && a.rowStride === 1;
  const farRows = native && a.colStride === 1 && m > mostRows &&
    4 * a.rowStride % CACHE_SET_BYTES === 0;
  const wantedPanels = Math.max(
    Math.ceil(panels / WANTED_UNITS),
    farColumns || farRows ? PANELS_PER_STRIP : 1,
    m >= MANY_ROWS ? Math.ceil(UNIT_COLUMNS / panelColumns) : 1,
  );
  const panelsPerUnit = Math.min(wantedPanels, cachedPanels(panelColumns * kBlock), panels);
  const columnBlocks = Math.ceil(panels / panelsPerUnit);
  const wantedRowBlocks = Math.max(
    Math.ceil(m / MAXIMUM_UNIT_ROWS),
    Math.ceil(WANTED_UNITS / columnBlocks),
  );
  const packA = (farColumns || farRows) && panelsPerUnit >= PANELS_PER_STRIP / 2;
  const tileRows = packA ? mostRows : evenRows(m, mostRows);
  const fewestRows = native ? FEWEST_NATIVE_TILES * tileRows : FEWEST_UNIT_ROWS;
  const stripBytes = native ? NATIVE_STRIP_BYTES : STRIP_BYTES;
  const stripTiles = Math.max(1, Math.floor(stripBytes / (4 * tileRows * kBlock)));
  return {
    tileRows,
    panelColumns,
    panelsPerUnit,
    rowsPerUnit: roundUp(Math.max(fewestRows, Math.ceil(m / wantedRowBlocks)), tileRows),
    rowsPerStrip: tileRows * stripTiles,
    kBlock,
    packB: b.colStride !== 1 || m >= MINIMUM_ROWS_TO_PACK ||
      (m >= MINIMUM_FAR_ROWS_TO_PACK && b.rowStride >= FAR_APART),
    packedTerms: 4 * panelColumns * panelsPerUnit * k > MOST_PANEL_BYTES ? kBlock : k,
    packA,
    packedRows: native ? NATIVE_PACKED_ROWS : mostRows,
  };
}

/** Terms of a block: blocks of k are as equal as multiples of 4 can be. */
function termsOfBlock(k: number): number {
  const blocks = Math.ceil(k / MAXIMUM_K_BLOCK);
  return blocks === 1 ? k : roundUp(Math.ceil(k / blocks), 4);
}

/** Number of packed panels of this many elements that stay in the cache. */
function cachedPanels(elements: number): number {
  return Math.max(1, Math.floor(PACKED_BYTES / (4 * elements)));
}

/** Rows of a block so that the last one has few rows less than the others. */
function evenRows(rows: number, most: number): number {
  return Math.ceil(rows / Math.ceil(rows / most));
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
