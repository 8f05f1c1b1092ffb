/**
 * Blocked summation: rounding error grows with the number of terms per accumulator, so long sums
 * are split into blocks.
 */

import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import type { Nest } from "./nest.ts";

/** The points at which the loops of a sum flush their accumulators to a second level. */
interface SumBlocks {
  /** The loop that flushes, counted from the outermost. */
  readonly depth: number;
  /** Number of its iterations between two flushes. */
  readonly turns: number;
}

/** Most terms of a sum that uses a single level of accumulators. */
const LONG_SUM = 8192;

/** Approximate number of terms per block, large enough that flushing takes negligible time. */
const BLOCK = 256;

/** Number of blocks whose sums are added up before they are flushed to the third level. */
const BLOCKS = 64;

/**
 * The blocks for loops with these iteration counts, outermost first; `undefined` if the sum is not
 * long.
 */
function blocksOf(turns: readonly number[]): SumBlocks | undefined {
  if (turns.reduce((product, count) => product * count, 1) <= LONG_SUM) return undefined;
  let terms = 1;
  for (let depth = turns.length - 1; depth >= 0; depth--) {
    if (terms * turns[depth]! > BLOCK) {
      return { depth, turns: Math.max(1, Math.floor(BLOCK / terms)) };
    }
    terms *= turns[depth]!;
  }
  return undefined;
}

/** Whether sums over loops with these iteration counts are split into blocks. */
export function isLongSum(turns: readonly number[]): boolean {
  return blocksOf(turns) !== undefined;
}

/** The flushes of the loops of some reductions. */
export interface SumPause extends SumBlocks {
  /** Emits the addition of the accumulators to those of the next level. */
  readonly add: () => void;
  /** Emits the final additions of all levels back to the accumulators. */
  readonly finish: () => void;
}

/** Reductions that share loops. */
interface LongSum {
  readonly reductions: Nest["reductions"];
  /** The accumulators of each. */
  readonly sums: readonly (readonly Local[])[];
  /** Iteration counts of the loops, outermost first. Each iteration adds to every accumulator. */
  readonly turns: readonly number[];
}

/** Declares two more levels of accumulators; `undefined` if no sum is long. */
export function sumPause(
  f: FunctionBuilder,
  { reductions, sums, turns }: LongSum,
): SumPause | undefined {
  const isSum = ({ combine, value }: Nest["reductions"][number]) =>
    combine === "sum" && value.type === "f32";
  const blocks = reductions.some(isSum) ? blocksOf(turns) : undefined;
  if (!blocks) return undefined;
  const long = reductions.flatMap((reduction, r) => isSum(reduction) ? sums[r]! : []);
  const level = () => long.map(() => f.local("v128"));
  const [blockSums, totals, count] = [level(), level(), f.local("i32")];
  for (const total of [...blockSums, ...totals]) f.i32x4(0).set(total);
  f.i32(0).set(count);
  return {
    ...blocks,
    add: () => {
      move(f, long, blockSums);
      f.get(count).i32(1).op("i32.add").tee(count).i32(BLOCKS - 1).op("i32.and", "i32.eqz");
      f.if(() => move(f, blockSums, totals));
    },
    finish: () => {
      move(f, blockSums, totals);
      move(f, totals, long);
    },
  };
}

/** Adds each local of `from` to that of `to`, and resets it to 0. */
function move(f: FunctionBuilder, from: readonly Local[], to: readonly Local[]): void {
  from.forEach((sum, i) => {
    f.get(to[i]!, sum).op("f32x4.add").set(to[i]!).i32x4(0).set(sum);
  });
}

/** A loop over `size` positions, with `step` positions per iteration. */
interface BlockedLoop {
  readonly size: number;
  readonly step: number;
  /** Absent if the loop does not flush. */
  readonly pause: SumPause | undefined;
}

/** Emits all of a loop, or block by block. */
export function emitBlocks(
  e: LaneEmitter,
  { size, step, pause }: BlockedLoop,
  body: (start: Operand, end: Operand) => void,
): void {
  if (!pause) {
    body(0, size);
    return;
  }
  const { f } = e;
  const [start, end] = f.locals("i32", 2);
  f.for(start, 0, size, pause.turns * step, () => {
    f.get(start).i32(pause.turns * step).op("i32.add").setAtMost(end, size);
    e.scopes.within(new Map(), new Map(), () => body(start, end));
    pause.add();
  });
}
