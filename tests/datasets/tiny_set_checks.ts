/** Checks of what `obtainFiles` gives for the tiny set. */
import { assertEquals, assertRejects } from "@std/assert";
import { DatasetError } from "../../datasets/mod.ts";
import type { CanonicalSet } from "../../datasets/canonical.ts";
import { obtainFiles, type ObtainOptions } from "../../datasets/obtain.ts";
import { tinyFiles } from "./tiny_set.ts";

export async function assertTiny(set: CanonicalSet, options: ObtainOptions): Promise<void> {
  const files = await obtainFiles(set, options);
  assertEquals([...files.keys()].toSorted(), [...tinyFiles.keys()]);
  for (const [name, bytes] of tinyFiles) assertEquals(files.get(name), bytes);
  const { train, test } = set.decode(files, {});
  assertEquals([train.count, test.count, [...train.y]], [7, 2, [0, 1, 2, 0, 1, 2, 3]]);
}

export async function refused(
  set: CanonicalSet,
  options: ObtainOptions,
  reason: DatasetError["reason"],
): Promise<string> {
  const error = await assertRejects(() => obtainFiles(set, options), DatasetError);
  assertEquals(error.reason, reason, error.message);
  return error.message;
}
