/**
 * The innermost loop of a matrix product: a register block of up to 4 × 8 elements of C while
 * iterating over k.
 *
 * Four rows by two quads is the largest tile whose accumulators, two quads of B, four quads of A,
 * and one broadcast fit in the 15 vector registers that V8 allocates on x86-64. A tile of six rows
 * needs one broadcasting load, with its bounds check, per row and k; it measured slower.
 */

import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { advance, emitQuadLoad } from "./pack.ts";
import type { MatmulSpec } from "./tiling.ts";
import { TILE_ROWS } from "./tiling.ts";

/** The vector registers shared by all tiles of one function. */
export interface TileRegisters {
  readonly accumulators: readonly Local[];
  readonly a: readonly Local[];
  readonly b: readonly Local[];
  readonly broadcast: Local;
  readonly aAddress: Local;
  readonly bAddress: Local;
  readonly bEnd: Local;
}

/** Declares the locals of {@linkcode TileRegisters}. */
export function declareTileRegisters(f: FunctionBuilder): TileRegisters {
  const vectors = (count: number) => Array.from({ length: count }, () => f.local("v128"));
  return {
    accumulators: vectors(2 * TILE_ROWS),
    a: vectors(TILE_ROWS),
    b: vectors(2),
    broadcast: f.local("v128"),
    aAddress: f.local("i32"),
    bAddress: f.local("i32"),
    bEnd: f.local("i32"),
  };
}

/** One tile: its size, and the addresses of its operands and results. */
export interface Tile {
  readonly rows: number;
  /** Number of columns, 1 to 8. */
  readonly columns: number;
  /** Strides of A in bytes: per row, per k, and per four k. */
  readonly aRowBytes: number;
  readonly aStepBytes: number;
  readonly aGroupBytes: number;
  /** Stride of B per k, in bytes. */
  readonly bStepBytes: number;
  /** Number of groups of four k: a constant, or a local if blocks differ. */
  readonly groups: number | Local;
  /** Number of remaining k, 0 to 3. */
  readonly remainder: number;
  /** Whether this is the last block of k: a constant, or a local if blocks differ. */
  readonly last: true | Local;
  /** Nonzero if there are partial sums to add to; absent if there never are. */
  readonly resume: Local | undefined;
  /** Address of the tile's first element in C or in the partial sums. */
  readonly target: Local;
  readonly targetRowBytes: number;
  /** Whether the target has room for whole quads. */
  readonly targetPadded: boolean;
}

/** Emits one tile. `aAddress` and `bAddress` hold the addresses of its operands' first elements. */
export function emitTile(
  f: FunctionBuilder,
  spec: MatmulSpec,
  registers: TileRegisters,
  tile: Tile,
): void {
  emitZero(f, registers, tile);
  emitGroups(f, spec, registers, tile);
  emitRemainder(f, spec, registers, tile);
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
      const accumulator = accumulators[2 * row + quad];
      if (accumulator !== undefined) visit(row, quad, accumulator);
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
    const valid = tile.targetPadded ? 4 : tile.columns - 4 * quad;
    emitQuadLoad(f, tile.target, row * tile.targetRowBytes + 16 * quad, valid, 4);
    f.get(accumulator).op("f32x4.add").set(accumulator);
  });
}

function emitStore(f: FunctionBuilder, registers: TileRegisters, tile: Tile): void {
  forEachAccumulator(registers, tile, (row, quad, accumulator) => {
    const byteOffset = row * tile.targetRowBytes + 16 * quad;
    const valid = tile.columns - 4 * quad;
    f.get(tile.target, accumulator);
    if (tile.targetPadded || valid >= 4) f.memory("v128.store", byteOffset);
    else {
      f.memoryLane("v128.store32_lane", 0, byteOffset);
      for (let lane = 1; lane < valid; lane++) {
        f.get(tile.target, accumulator);
        f.memoryLane("v128.store32_lane", lane, byteOffset + 4 * lane);
      }
    }
  });
}

// Processes four k at a time, so that a quad of A along k serves four broadcasts.
function emitGroups(
  f: FunctionBuilder,
  spec: MatmulSpec,
  registers: TileRegisters,
  tile: Tile,
): void {
  const { aAddress, bAddress, bEnd } = registers;
  if (tile.groups === 0) return;
  const turns = { turns: tile.groups, end: bEnd };
  const emitLoop = () =>
    void f.walk(bAddress, 4 * tile.bStepBytes, turns, () => {
      emitGroup(f, spec, registers, tile);
      advance(f, aAddress, tile.aGroupBytes);
    });
  // The last block of k may be smaller than one group.
  if (typeof tile.groups === "number") emitLoop();
  else f.get(tile.groups).if(emitLoop);
}

function emitGroup(
  f: FunctionBuilder,
  spec: MatmulSpec,
  registers: TileRegisters,
  tile: Tile,
): void {
  if (tile.aStepBytes === 4) emitRowQuads(f, registers, tile);
  for (let step = 0; step < 4; step++) {
    const broadcast = tile.aStepBytes === 4
      ? (row: number) => emitLaneBroadcast(f, registers.a[row], step)
      : columnBroadcast(f, registers, tile, step);
    emitStep(f, spec, registers, tile, { step, broadcast });
  }
}

function emitRemainder(
  f: FunctionBuilder,
  spec: MatmulSpec,
  registers: TileRegisters,
  tile: Tile,
): void {
  if (tile.remainder === 0) return;
  const emitSteps = () => {
    for (let step = 0; step < tile.remainder; step++) {
      emitStep(f, spec, registers, tile, {
        step,
        broadcast: loadBroadcast(f, registers, tile, step),
      });
    }
  };
  if (tile.last === true) emitSteps();
  else f.get(tile.last).if(emitSteps);
}

function emitRowQuads(f: FunctionBuilder, { a, aAddress }: TileRegisters, tile: Tile): void {
  a.slice(0, tile.rows).forEach((quad, row) => {
    f.get(aAddress).memory("v128.load", row * tile.aRowBytes).set(quad);
  });
}

function emitLaneBroadcast(f: FunctionBuilder, quad: Local | undefined, lane: number): void {
  if (quad === undefined) throw new Error("Internal: a tile has more rows than registers");
  f.get(quad, quad).shuffle32(lane, lane, lane, lane);
}

// Four rows of one column of A are one quad if A's columns are contiguous.
function columnBroadcast(
  f: FunctionBuilder,
  registers: TileRegisters,
  tile: Tile,
  step: number,
): (row: number) => void {
  const quad = registers.a[step];
  if (tile.rows !== TILE_ROWS || tile.aRowBytes !== 4 || quad === undefined) {
    return loadBroadcast(f, registers, tile, step);
  }
  f.get(registers.aAddress).memory("v128.load", step * tile.aStepBytes).set(quad);
  return (row) => emitLaneBroadcast(f, quad, row);
}

function loadBroadcast(
  f: FunctionBuilder,
  registers: TileRegisters,
  tile: Tile,
  step: number,
): (row: number) => void {
  return (row) =>
    f.get(registers.aAddress)
      .memory("v128.load32_splat", row * tile.aRowBytes + step * tile.aStepBytes);
}

interface Step {
  readonly step: number;
  /** Pushes A's element of one row, broadcast to all lanes. */
  readonly broadcast: (row: number) => void;
}

function emitStep(
  f: FunctionBuilder,
  spec: MatmulSpec,
  registers: TileRegisters,
  tile: Tile,
  { step, broadcast }: Step,
): void {
  const quads = registers.b.slice(0, Math.ceil(tile.columns / 4));
  quads.forEach((b, quad) => {
    f.get(registers.bAddress).memory("v128.load", step * tile.bStepBytes + 16 * quad).set(b);
  });
  for (let row = 0; row < tile.rows; row++) {
    broadcast(row);
    f.set(registers.broadcast);
    quads.forEach((b, quad) => {
      const accumulator = registers.accumulators[2 * row + quad];
      if (accumulator === undefined) return;
      if (spec.relaxed) {
        f.get(registers.broadcast, b, accumulator).op("f32x4.relaxed_madd").set(accumulator);
      } else {
        f.get(accumulator, registers.broadcast, b).op("f32x4.mul", "f32x4.add").set(accumulator);
      }
    });
  }
}
