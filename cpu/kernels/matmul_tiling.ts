/** How a matrix product is cut into units of work, cache blocks, and register tiles. */

/** Distances, in elements, between neighbours along a matrix's two axes. */
export interface MatrixStrides {
  /** From one row to the next. */
  readonly rowStride: number;
  /** From one column to the next. */
  readonly colStride: number;
}

/** One matrix product C = A·B with everything known but the addresses. */
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

/** Rows of a register tile. */
export const TILE_ROWS = 4;

/** Columns of a register tile, and of one packed panel of B. */
export const PANEL_COLUMNS = 8;

/** Bytes of A's strip that should stay in the first-level cache beside one panel of B. */
const STRIP_BYTES = 16384;

/** Bytes of packed B that should stay in the second-level cache. */
const PACKED_BYTES = 262144;

/** Longest run over k before its sum is added to those before it. */
const MAXIMUM_K_BLOCK = 256;

/** Rows of one unit; fewer when there would be too few units to share out. */
const MAXIMUM_UNIT_ROWS = 256;

/** Units we would like to have, so that a handful of threads get even shares. */
const WANTED_UNITS = 16;

/** Below this many rows a panel of B is used too rarely to repay copying it… */
const MINIMUM_ROWS_TO_PACK = 32;

/** …unless its rows lie so far apart that they compete for the same cache sets. */
const FAR_APART = 512;

/** From this distance on, columns of a column-major A are worth copying. */
const FAR_COLUMNS = 256;

/** Panels that must share a packed strip of A to repay copying it. */
const PANELS_PER_STRIP = 8;

/** The decisions derived from a {@linkcode MatmulSpec}. */
export interface MatmulTiling {
  /** Panels of eight columns that make the columns of one unit. */
  readonly panelsPerUnit: number;
  /** Rows of one unit, a multiple of four. */
  readonly rowsPerUnit: number;
  /** Rows that run past a panel of B while it is in the first-level cache; a multiple of four. */
  readonly rowsPerStrip: number;
  /** Terms summed in one run: all of them, or a multiple of four. */
  readonly kBlock: number;
  /** Whether full panels of B are copied to scratch memory; narrow ones always are. */
  readonly packB: boolean;
  /** Whether strips of A are copied to scratch memory. */
  readonly packA: boolean;
}

/** Decides the tiling of one product. */
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
