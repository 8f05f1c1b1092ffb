import { GraphError } from "../graph/mod.ts";
import type { Communicator } from "./communicator.ts";

/**
 * Checks that all ranks have the same values, by name: texts, numbers, or bytes. Every rank must
 * call this with the same names in the same order.
 * @throws {GraphError} on every rank, naming the values that differ
 */
export async function checkEqual(
  communicator: Communicator,
  values: Readonly<Record<string, string | number | Uint8Array>>,
): Promise<void> {
  if (communicator.size === 1) return;
  const names = Object.keys(values);
  const digests = await Promise.all(Object.values(values).map(digestOf));
  const words = digests.flatMap((digest) => [...digest]);
  // all are equal if the largest is the smallest: ~x reverses the order
  const extremes = Int32Array.from(words.flatMap((word) => [word, ~word]));
  await communicator.max(extremes);
  const perName = words.length / names.length;
  const different = names.filter((_, i) =>
    Array.from({ length: perName }, (_, k) => 2 * (i * perName + k)).some((at) =>
      extremes[at] !== ~extremes[at + 1]!
    )
  );
  if (different.length === 0) return;
  throw new GraphError(
    `Cannot train on ${communicator.size} ranks: all must start with the same ` +
      `${different.join(", ")}: current differ`,
  );
}

/** The SHA-256 of a value, as 8 words. */
async function digestOf(value: string | number | Uint8Array): Promise<Int32Array> {
  const bytes = value instanceof Uint8Array
    ? Uint8Array.from(value)
    : new TextEncoder().encode(String(value));
  return new Int32Array(await crypto.subtle.digest("SHA-256", bytes));
}
