import type { Variable } from "../../autograd/mod.ts";
import type { HostArray } from "../../graph/mod.ts";
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

/** The bytes of an array. */
export function bytesOf({ buffer, byteOffset, byteLength }: HostArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
