import type { Variable } from "../../autograd/mod.ts";
import { bytesOf } from "../../graph/bytes_of.ts";
import { restoreSnapshot, takeSnapshot } from "../checkpoints/tensor_files.ts";
import type { Ranks } from "./ranks.ts";

/**
 * Copies the values of the first rank to all others. This changes nothing if all devices are of one
 * kind; different devices round differently, so their weights would drift apart.
 */
export async function shareState(
  ranks: Ranks,
  variables: ReadonlyMap<string, Variable>,
): Promise<void> {
  if (ranks.size === 1) return;
  const values = await takeSnapshot(variables);
  for (const array of values.values()) await ranks.receive(bytesOf(array));
  if (!ranks.isFirst) restoreSnapshot(variables, values);
}
