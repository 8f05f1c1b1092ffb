/** Long sums in blocks: the error of a sum grows with the terms that one accumulator takes in turn. */

import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import type { Nest } from "./nest.ts";

/** Where the loops of a sum pause to add what they have so far to a second accumulator. */
interface SumBlocks {
  /** Which loop, outermost first. */
  readonly depth: number;
  /** Its turns between two pauses. */
  readonly turns: number;
}

/** Sums of no more terms than this keep one accumulator. */
const LONG_SUM = 8192;

/** Terms of a block, about: so many that the pauses take no time. */
const BLOCK = 256;

/** Blocks whose sums are added up before they are added to what was before. */
const BLOCKS = 64;

/** Blocks for loops of these numbers of turns, outermost first; none if the sum is not long. */
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

/** The pauses of the loops of some reductions. */
export interface SumPause extends SumBlocks {
  /** Emits the addition of what the accumulators have to those of the next level. */
  readonly add: () => void;
  /** Emits the last additions, back to the accumulators. */
  readonly finish: () => void;
}

/** Reductions that share loops. */
export interface LongSum {
  readonly reductions: Nest["reductions"];
  /** The accumulators of each. */
  readonly sums: readonly (readonly Local[])[];
  /** Turns of the loops, outermost first, each of which adds to every accumulator. */
  readonly turns: readonly number[];
}

/** Declares two more levels of accumulators; none if nothing is a long sum. */
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

/** Adds each of `from` to the one of `to`, and starts it from 0. */
function move(f: FunctionBuilder, from: readonly Local[], to: readonly Local[]): void {
  from.forEach((sum, i) => {
    f.get(to[i]!, sum).op("f32x4.add").set(to[i]!).i32x4(0).set(sum);
  });
}

/** A loop over `size` positions, `step` of which are one turn. */
export interface BlockedLoop {
  readonly size: number;
  readonly step: number;
  /** Absent if the loop does not pause. */
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
  const [start, end] = [f.local("i32"), f.local("i32")];
  f.for(start, 0, size, pause.turns * step, () => {
    f.get(start).i32(pause.turns * step).op("i32.add").tee(end).i32(size);
    f.get(end).i32(size).op("i32.lt_s", "select").set(end);
    e.scopes.within(new Map(), new Map(), () => body(start, end));
    pause.add();
  });
}
