/** The tiling of a matrix product into units of work, cache blocks, and register blocks. */

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

/** Rows of a register block. */
export const TILE_ROWS = 4;

/** Columns of a register block, and of one packed panel of B. */
export const PANEL_COLUMNS = 8;

/** Most bytes of a strip of A, so that it stays in the L1 cache together with one panel of B. */
const STRIP_BYTES = 16384;

/** Most bytes of packed B, so that it stays in the L2 cache. */
const PACKED_BYTES = 262144;

/** Most terms that are summed before the sum is added to those of previous blocks. */
const MAXIMUM_K_BLOCK = 256;

/** Rows per unit. Fewer if there would be too few units to share. */
const MAXIMUM_UNIT_ROWS = 256;

/** Target number of units, so that a few threads get equal shares. */
const WANTED_UNITS = 16;

/** Fewest rows for which packing a panel of a row-major B pays off. */
const MINIMUM_ROWS_TO_PACK = 32;

/**
 * Row stride from which on the rows of B map to the same few cache sets. Packing then pays off with
 * fewer rows.
 */
const FAR_APART = 512;

/** Smallest column stride for which packing a column-major A pays off. */
const FAR_COLUMNS = 256;

/** Fewest panels that must share a strip of A for packing to pay off. */
const PANELS_PER_STRIP = 8;

/** The tiling parameters derived from a {@linkcode MatmulSpec}. */
export interface MatmulTiling {
  /** Number of eight-column panels per unit. */
  readonly panelsPerUnit: number;
  /** Number of rows per unit, a multiple of 4. */
  readonly rowsPerUnit: number;
  /**
   * Number of rows that are multiplied with a panel of B while it is in the L1 cache; a multiple of
   * 4.
   */
  readonly rowsPerStrip: number;
  /** Number of terms per block of k: all of them, or a multiple of 4. */
  readonly kBlock: number;
  /** Whether full panels of B are packed into scratch memory. Narrow ones always are. */
  readonly packB: boolean;
  /** Whether strips of A are packed into scratch memory. */
  readonly packA: boolean;
}

/** Chooses the tiling of one product. */
export function tileMatmul(spec: MatmulSpec): MatmulTiling {
  const { m, n, k, a, b } = spec;
  const panels = Math.ceil(n / PANEL_COLUMNS);
  const kBlocks = Math.ceil(k / MAXIMUM_K_BLOCK);
  const kBlock = kBlocks === 1 ? k : roundUp(Math.ceil(k / kBlocks), 4);
  const farColumns = a.colStride >= FAR_COLUMNS && a.rowStride === 1;
  const evenShare = Math.ceil(panels / WANTED_UNITS);
  const wantedPanels = farColumns ? Math.max(evenShare, PANELS_PER_STRIP) : evenShare;
  const cachedPanels = Math.max(1, Math.floor(PACKED_BYTES / (4 * PANEL_COLUMNS * k)));
  const panelsPerUnit = Math.min(wantedPanels, cachedPanels, panels);
  const columnBlocks = Math.ceil(panels / panelsPerUnit);
  const wantedRowBlocks = Math.max(
    Math.ceil(m / MAXIMUM_UNIT_ROWS),
    Math.ceil(WANTED_UNITS / columnBlocks),
  );
  const stripTiles = Math.max(1, Math.floor(STRIP_BYTES / (4 * TILE_ROWS * kBlock)));
  return {
    panelsPerUnit,
    rowsPerUnit: Math.max(8 * TILE_ROWS, roundUp(Math.ceil(m / wantedRowBlocks), TILE_ROWS)),
    rowsPerStrip: TILE_ROWS * stripTiles,
    kBlock,
    packB: b.colStride !== 1 || m >= MINIMUM_ROWS_TO_PACK ||
      (m >= 2 * TILE_ROWS && b.rowStride >= FAR_APART),
    packA: farColumns && panelsPerUnit >= PANELS_PER_STRIP / 2,
  };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
