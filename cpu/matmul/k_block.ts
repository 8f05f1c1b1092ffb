/** Blocks of terms: long sums are cut, so that operands stay in the cache. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";

/** A block of k: constants if there is only one block, otherwise locals of the current one. */
export interface KBlock {
  /** Number of groups of four k. */
  readonly groups: number | Local;
  /** Number of k after the groups of the last block, 0 to 3. */
  readonly remainder: number;
  /** Whether this is the last block. */
  readonly last: true | Local;
  /** Nonzero if there are partial sums to add to; absent if there never are. */
  readonly resume: Local | undefined;
}

/** All of k as one block. */
export function wholeBlock(k: number): KBlock {
  return { groups: Math.floor(k / 4), remainder: k % 4, last: true, resume: undefined };
}

/** Emits the description of the block that starts at term `kFrom`. */
export function emitKBlock(
  f: FunctionBuilder,
  { k, kBlock, kFrom }: { k: number; kBlock: number; kFrom: Local },
): KBlock {
  const lastFrom = kBlock * (Math.ceil(k / kBlock) - 1);
  const remainder = k % 4;
  if (lastFrom === 0) return wholeBlock(k);
  const [groups, last] = f.locals("i32", 2);
  f.get(kFrom).i32(lastFrom).op("i32.eq").set(last);
  f.i32(Math.floor((k - lastFrom) / 4)).i32(kBlock / 4).get(last).op("select").set(groups);
  return { groups, remainder, last, resume: kFrom };
}
