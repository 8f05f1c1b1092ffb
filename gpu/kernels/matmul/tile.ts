import type { MatmulKernel, MatrixOperand } from "../../../graph/kernel.ts";
import { elementCount, rowMajorStrides } from "../../../graph/types.ts";
import type { AdapterProfile, MatmulTile } from "../../adapter_profile.ts";
import type { Printer } from "../../wgsl/printer.ts";
import type { ShaderContext } from "../kernel_code.ts";

/** The tiling of a matrix product: tiles of invocations, and workgroups of tiles. */
export interface MatmulTiling {
  readonly tile: MatmulTile;
  /** Invocations of a workgroup along the columns and along the rows. */
  readonly width: number;
  readonly height: number;
  /** Positions of k in one trip of the loop. */
  readonly depth: number;
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
  const tilings = profile.matmulTiles.map((tile) =>
    tilingOf(kernel, tile, { workgroupSize, width: widthFor(kernel.n, tile) })
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
  const { rows, columns } = tiling.tile;
  const loads = ((rows + columns) / 4) * profile.loadCost;
  const invocations = elementCount(kernel.batch) * Math.ceil(kernel.m / rows) *
    Math.ceil(kernel.n / columns);
  const rounds = Math.ceil(invocations / profile.parallelInvocations);
  const run = kernel.k * (loads + (rows * columns) / 4) + rows * columns * profile.loadCost;
  return rounds * run + rows * columns * profile.compileCost;
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

/** Splits the result into workgroups of `width` × (size/width) tiles. */
export function tilingOf(
  kernel: MatmulKernel,
  tile: MatmulTile,
  { workgroupSize, width }: { readonly workgroupSize: number; readonly width: number },
): MatmulTiling {
  const height = workgroupSize / width;
  const groupRows = Math.ceil(kernel.m / (tile.rows * height));
  const groupColumns = Math.ceil(kernel.n / (tile.columns * width));
  const workgroups = groupRows * groupColumns * elementCount(kernel.batch);
  return { tile, width, height, depth: 4, groupRows, groupColumns, workgroups };
}

/** Prints the position of the tile and binds the batch axes. */
export function bindTile(
  printer: Printer,
  kernel: MatmulKernel,
  { tile, width, height, groupRows, groupColumns }: MatmulTiling,
): TilePlace {
  const perBatch = groupRows * groupColumns;
  const batch = batchPositions(printer, kernel, perBatch);
  const groupRow = define(printer, "row0", `(group % ${groupRows}i) * ${tile.rows * height}i`);
  const column = `(group / ${groupRows}i) % ${groupColumns}i`;
  const groupColumn = define(printer, "column0", `(${column}) * ${tile.columns * width}i`);
  const row = define(printer, "row", `${groupRow} + (lane / ${width}i) * ${tile.rows}i`);
  const columns = Array.from({ length: tile.columns / 4 }, (_, quad) =>
    define(
      printer,
      `column_${quad}`,
      `${groupColumn} + (lane % ${width}i + ${quad * width}i) * 4i`,
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
