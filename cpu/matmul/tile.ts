/**
 * The innermost loop of a matrix product: a register block of up to 6 × 8 elements of C while
 * iterating over k.
 *
 * A processor that starts two multiply-adds per cycle and finishes each four cycles later needs more
 * than eight independent sums to stay busy. Six rows by two quads is the largest tile whose sums, two
 * quads of B, and one broadcast element of A fit in the 15 vector registers that V8 allocates on
 * x86-64.
 */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitMultiplyAdd } from "../wasm/vector_idioms.ts";
import type { KBlock } from "./k_block.ts";
import type { RowSource } from "./row_source.ts";
import { MOST_TILE_ROWS } from "./tiling.ts";

/** The vector registers shared by all tiles of one function. */
export type TileRegisters = ReturnType<typeof declareTileRegisters>;

/** Declares {@linkcode TileRegisters}. */
export function declareTileRegisters(f: FunctionBuilder) {
  return {
    accumulators: f.locals("v128", 2 * MOST_TILE_ROWS),
    b: f.locals("v128", 2),
    broadcast: f.local("v128"),
    aAddress: f.local("i32"),
    bAddress: f.local("i32"),
    bEnd: f.local("i32"),
  };
}

/** One tile: its size, and the addresses of its operands and results. */
export interface Tile extends KBlock, RowSource {
  readonly rows: number;
  /** Number of columns, 1 to 8. */
  readonly columns: number;
  /** Stride of B per k, in bytes. */
  readonly bStepBytes: number;
  /** Address of the tile's first sum. Each row has room for whole quads. */
  readonly target: Local;
  readonly targetRowBytes: number;
  readonly relaxed: boolean;
}

/** Emits one tile. `aAddress` and `bAddress` hold the addresses of its operands' first elements. */
export function emitTile(
  f: FunctionBuilder,
  registers: TileRegisters,
  tile: Tile,
): void {
  emitZero(f, registers, tile);
  emitGroups(f, registers, tile);
  emitRemainder(f, registers, tile);
  if (tile.resume !== undefined) f.get(tile.resume).if(() => emitAddPartial(f, registers, tile));
  emitStore(f, registers, tile);
}

/** Calls a function for each accumulator of the tile: row, quad, register. */
function forEachAccumulator(
  { accumulators }: TileRegisters,
  tile: Tile,
  visit: (row: number, quad: number, accumulator: Local) => void,
): void {
  for (let row = 0; row < tile.rows; row++) {
    for (let quad = 0; quad < Math.ceil(tile.columns / 4); quad++) {
      visit(row, quad, accumulators[2 * row + quad]!);
    }
  }
}

function emitZero(f: FunctionBuilder, registers: TileRegisters, tile: Tile): void {
  forEachAccumulator(registers, tile, (_row, _quad, accumulator) => {
    f.i32x4(0).set(accumulator);
  });
}

/**
 * Adds the partial sums of earlier blocks. Each block of k is summed separately to limit rounding
 * error.
 */
function emitAddPartial(f: FunctionBuilder, registers: TileRegisters, tile: Tile): void {
  forEachAccumulator(registers, tile, (row, quad, accumulator) => {
    f.get(tile.target).memory("v128.load", row * tile.targetRowBytes + 16 * quad);
    f.get(accumulator).op("f32x4.add").set(accumulator);
  });
}

function emitStore(f: FunctionBuilder, registers: TileRegisters, tile: Tile): void {
  forEachAccumulator(registers, tile, (row, quad, accumulator) => {
    f.get(tile.target, accumulator);
    f.memory("v128.store", row * tile.targetRowBytes + 16 * quad);
  });
}

// Processes four k at a time, so that the loop's own instructions are few.
function emitGroups(
  f: FunctionBuilder,
  registers: TileRegisters,
  tile: Tile,
): void {
  const { aAddress, bAddress, bEnd } = registers;
  if (tile.groups === 0) return;
  const turns = { turns: tile.groups, end: bEnd };
  const emitLoop = () =>
    void f.walk(bAddress, 4 * tile.bStepBytes, turns, () => {
      emitGroup(f, registers, tile);
      f.advance(aAddress, tile.aGroupBytes);
    });
  // The last block of k may be smaller than one group.
  if (typeof tile.groups === "number") emitLoop();
  else f.get(tile.groups).if(emitLoop);
}

function emitGroup(
  f: FunctionBuilder,
  registers: TileRegisters,
  tile: Tile,
): void {
  for (let step = 0; step < 4; step++) emitStep(f, registers, tile, step);
}

function emitRemainder(
  f: FunctionBuilder,
  registers: TileRegisters,
  tile: Tile,
): void {
  if (tile.remainder === 0) return;
  const emitSteps = () => {
    for (let step = 0; step < tile.remainder; step++) emitStep(f, registers, tile, step);
  };
  if (tile.last === true) emitSteps();
  else f.get(tile.last).if(emitSteps);
}

/** Adds one term to each sum. */
function emitStep(f: FunctionBuilder, registers: TileRegisters, tile: Tile, step: number): void {
  const { aAddress, bAddress, broadcast, accumulators } = registers;
  const quads = registers.b.slice(0, Math.ceil(tile.columns / 4));
  quads.forEach((b, quad) => {
    f.get(bAddress).memory("v128.load", step * tile.bStepBytes + 16 * quad).set(b);
  });
  for (let row = 0; row < tile.rows; row++) {
    f.get(aAddress);
    f.memory("v128.load32_splat", row * tile.aRowBytes + step * tile.aStepBytes).set(broadcast);
    quads.forEach((b, quad) => {
      emitMultiplyAdd(f, tile.relaxed, { sum: accumulators[2 * row + quad]!, a: broadcast, b });
    });
  }
}
