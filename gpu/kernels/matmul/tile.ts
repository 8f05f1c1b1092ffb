import type { MatmulKernel, MatrixOperand } from "../../../graph/kernel.ts";
import { elementCount, rowMajorStrides } from "../../../graph/types.ts";
import type { AdapterProfile, MatmulTile } from "../../adapter_profile.ts";
import type { Printer } from "../../wgsl/printer.ts";
import type { ShaderContext } from "../kernel_code.ts";
import { range } from "../range.ts";
import { isShifted, operandForm, shiftedLoads } from "./operand.ts";

/** Fewest positions of k of each sharer: with fewer, adding their sums takes too long. */
const LEAST_TERMS = 8;

/** The tiling of a matrix product: tiles of invocations, and workgroups of tiles. */
export interface MatmulTiling {
  readonly tile: MatmulTile;
  /** Invocations of a workgroup along the columns and along the rows. */
  readonly width: number;
  readonly height: number;
  /** Positions of k in one trip of the loop. */
  readonly depth: number;
  /** Invocations that share a tile: each sums a part of the positions of k. */
  readonly sharers: number;
  /** Workgroups along the rows, along the columns, and in total. */
  readonly groupRows: number;
  readonly groupColumns: number;
  readonly workgroups: number;
}

/** The position of an invocation's tile, as WGSL. */
export interface TilePlace {
  /** First row of the invocation's tile, and of the workgroup's. */
  readonly row: string;
  readonly groupRow: string;
  /** First column of each group of four columns. The groups are `4·width` apart. */
  readonly columns: readonly string[];
  /** First column of the workgroup's tile. */
  readonly groupColumn: string;
  /** Positions along the batch axes, and offsets of the two matrices. */
  readonly batch: readonly string[];
  readonly baseA: string;
  readonly baseB: string;
  /** Whether any part of the tile is inside the result. `undefined` if it always is. */
  readonly inside: string | undefined;
}

/**
 * Chooses the tile with the lowest estimated time among those within the trip limit, if there are
 * any.
 */
export function chooseTile(
  kernel: MatmulKernel,
  { profile, workgroupSize }: Pick<ShaderContext, "profile" | "workgroupSize">,
): MatmulTiling {
  const tilings = tilesFor(kernel, profile).flatMap((tile) =>
    sharersOf(kernel, { profile, workgroupSize }).map((sharers) => {
      const width = Math.min(widthFor(kernel.n, tile), workgroupSize / sharers);
      return tilingOf(kernel, tile, { workgroupSize, width, sharers });
    })
  );
  const short = tilings.filter((tiling) => loopTrips(kernel, tiling) <= profile.maxTrips);
  let best: { tiling: MatmulTiling; time: number } | undefined;
  for (const tiling of short.length > 0 ? short : tilings.slice(-1)) {
    const time = estimate(kernel, tiling, profile);
    if (!best || time < best.time) best = { tiling, time };
  }
  if (!best) throw new RangeError("Cannot choose a matmul tile: the adapter table has none");
  return best.tiling;
}

/**
 * Estimates the time of a tiling: the loads and multiply-adds of one invocation times the number of
 * rounds, plus the amortized compile time.
 */
function estimate(kernel: MatmulKernel, tiling: MatmulTiling, profile: AdapterProfile): number {
  const { tile: { rows, columns }, sharers } = tiling;
  const loads = ((rows + columns) / 4) * profile.loadCost;
  const invocations = sharers * elementCount(kernel.batch) * Math.ceil(kernel.m / rows) *
    Math.ceil(kernel.n / columns);
  const rounds = Math.ceil(invocations / profile.parallelInvocations);
  // One invocation loads and adds the sums of the others.
  const adding = (sharers - 1) * rows * columns / 4 * (profile.loadCost + 1);
  const run = kernel.k / sharers * (loads + (rows * columns) / 4) + adding +
    rows * columns * profile.loadCost;
  return rounds * run + rows * columns * profile.compileCost;
}

/** Shares of multiply-adds among the multiply-adds and loads of a tile: the first that one has. */
const SHARES = [0.85, 0.7, 0];

/** Most loads of a tile at one position of k. More would not fit in registers. */
const MOST_LOADS = 12;

/**
 * The tiles of an adapter, or on hardware those of them that load little for their multiply-adds:
 * more invocations would not make up for more loads.
 */
function tilesFor(
  kernel: MatmulKernel,
  { matmulTiles, matmulPointers, matmulRegisters }: AdapterProfile,
): readonly MatmulTile[] {
  if (!matmulPointers) return matmulTiles;
  const rows = Math.max(1, kernel.m);
  const tiles = matmulTiles.map((tile) => ({ ...tile, rows: Math.min(tile.rows, rows) }));
  const dense = SHARES.map((share) =>
    tiles.filter((tile) => {
      const sums = tile.rows * tile.columns;
      const loads = loadsOf(kernel, "a", tile.rows) + loadsOf(kernel, "b", tile.columns);
      return loads <= MOST_LOADS && sums >= share * (sums + loads) &&
        sums + keptElements(kernel, tile) <= matmulRegisters;
    })
  );
  return dense.find((some) => some.length > 0) ?? tiles;
}

/** Loads of a tile's lines at one position of k. */
function loadsOf(kernel: MatmulKernel, name: "a" | "b", lines: number): number {
  const form = operandForm(kernel, name);
  if (form.fours !== "none") return lines / 4;
  const size = name === "a" ? kernel.m : kernel.n;
  if (!isShifted(form, { lines, size })) return lines;
  // columns are in groups of four, which are not adjacent
  const groups = name === "a" ? 1 : lines / 4;
  return groups * shiftedLoads(form, lines / groups) / 4;
}

/** Elements that are loaded in a vec4 along k before the four positions that need them. */
function keptElements(kernel: MatmulKernel, { rows, columns }: MatmulTile): number {
  const lines = [
    { form: operandForm(kernel, "a"), lines: rows, size: kernel.m },
    { form: operandForm(kernel, "b"), lines: columns, size: kernel.n },
  ];
  return lines.filter(({ form, ...rest }) => form.kStride === 1 && isShifted(form, rest))
    .reduce((sum, { lines }) => sum + 8 * lines, 0);
}

/** Powers of two. Each sharer has at least `LEAST_TERMS` positions of k. */
function sharersOf(
  { k }: MatmulKernel,
  { profile, workgroupSize }: Pick<ShaderContext, "profile" | "workgroupSize">,
): number[] {
  const most = Math.max(1, Math.min(profile.matmulSharers, workgroupSize, k / LEAST_TERMS));
  return range(1 + Math.floor(Math.log2(most))).map((exponent) => 2 ** exponent);
}

/** Number of loop trips of one invocation. */
export function loopTrips({ k }: MatmulKernel, { tile, depth }: MatmulTiling): number {
  const trips = Math.floor(k / depth);
  return tile.rolled ? trips + k + tile.rows : trips;
}

/**
 * Invocations per workgroup row: 8, the number of lanes of lavapipe, or fewer for narrow results.
 */
function widthFor(n: number, { columns }: MatmulTile): number {
  let width = 8;
  while (width > 1 && (width / 2) * columns >= n) width /= 2;
  return width;
}

/** Splits the result into workgroups of `width` × (size/sharers/width) tiles. */
export function tilingOf(
  kernel: MatmulKernel,
  tile: MatmulTile,
  { workgroupSize, width, sharers = 1 }: {
    readonly workgroupSize: number;
    readonly width: number;
    readonly sharers?: number;
  },
): MatmulTiling {
  const height = workgroupSize / sharers / width;
  const groupRows = Math.ceil(kernel.m / (tile.rows * height));
  const groupColumns = Math.ceil(kernel.n / (tile.columns * width));
  const workgroups = groupRows * groupColumns * elementCount(kernel.batch);
  return { tile, width, height, depth: 4, sharers, groupRows, groupColumns, workgroups };
}

/** Prints the position of the tile and binds the batch axes. */
export function bindTile(
  printer: Printer,
  kernel: MatmulKernel,
  { tile, width, height, sharers, groupRows, groupColumns }: MatmulTiling,
): TilePlace {
  const slice = width * height;
  if (sharers > 1) define(printer, "share", `lane / ${slice}i`);
  const inSlice = sharers === 1 ? "lane" : define(printer, "inSlice", `lane % ${slice}i`);
  const perBatch = groupRows * groupColumns;
  const batch = batchPositions(printer, kernel, perBatch);
  const groupRow = define(printer, "row0", `(group % ${groupRows}i) * ${tile.rows * height}i`);
  const column = `(group / ${groupRows}i) % ${groupColumns}i`;
  const groupColumn = define(printer, "column0", `(${column}) * ${tile.columns * width}i`);
  const row = define(printer, "row", `${groupRow} + (${inSlice} / ${width}i) * ${tile.rows}i`);
  const columns = Array.from({ length: tile.columns / 4 }, (_, quad) =>
    define(
      printer,
      `column_${quad}`,
      `${groupColumn} + (${inSlice} % ${width}i + ${quad * width}i) * 4i`,
    ));
  const outside = [
    kernel.m % (tile.rows * height) === 0 ? undefined : `${row} < ${kernel.m}i`,
    kernel.n % (tile.columns * width) === 0 ? undefined : `${columns[0]} < ${kernel.n}i`,
  ].filter((test) => test !== undefined);
  return {
    row,
    groupRow,
    columns,
    groupColumn,
    batch,
    baseA: define(printer, "baseA", offsetOf(kernel.a, batch)),
    baseB: define(printer, "baseB", offsetOf(kernel.b, batch)),
    inside: outside.length === 0 ? undefined : outside.join(" && "),
  };
}

function batchPositions(printer: Printer, { batch }: MatmulKernel, perBatch: number): string[] {
  const strides = rowMajorStrides(batch);
  return batch.map((size, axis) => {
    const divisor = (strides[axis] ?? 1) * perBatch;
    const position = define(printer, `batch_${axis}`, `(group / ${divisor}i) % ${size}i`);
    printer.bindAxis(axis, position);
    return position;
  });
}

function offsetOf({ offset, batchStrides }: MatrixOperand, batch: readonly string[]): string {
  const terms = batch.map((position, axis) => ({ position, stride: batchStrides[axis] ?? 0 }))
    .filter(({ stride }) => stride !== 0)
    .map(({ position, stride }) => `${position} * ${stride}i`);
  return [`${offset}i`, ...terms].join(" + ");
}

function define(printer: Printer, name: string, value: string): string {
  printer.emit(`let ${name} = ${value};`);
  return name;
}
