import { z } from "zod";

/** One of several parts of a sweep: `2/4` is the second of four. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** The largest number of shards. */
const MAX_SHARDS = 9999;

/** The schema of a shard as a flag. */
export const shardSchema: z.ZodType<Shard, string> = z.string().transform(
  (text, context): Shard => {
    const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
    if (index < 1 || index > count || count > MAX_SHARDS) context.addIssue("not a shard");
    return { index, count };
  },
).meta({ placeholder: "I/N", rule: `I/N with whole numbers, 1 ≤ I ≤ N ≤ ${MAX_SHARDS}` });

/** The text of a shard, as in its flag. */
export function shardText({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/**
 * Whether a run belongs to a shard. This depends on the name of the run alone, so that a run shared
 * by several experiments is in the same shard of each. Every run belongs to one shard of `count`.
 */
export function isInShard(runName: string, { index, count }: Shard): boolean {
  const hash = /_([0-9a-f]{12})$/.exec(runName)?.[1];
  if (hash === undefined) throw new Error(`Internal: the name of run ${runName} has no hash`);
  return parseInt(hash, 16) % count === index - 1;
}
