import { assertEquals } from "@std/assert";
import { casesByOp } from "../cases/ops.ts";

const page = await Deno.readTextFile(new URL("../../docs/nan-and-infinity.md", import.meta.url));

/** The op names in the first column of the page's table. */
function documented(): string[] {
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) =>
    [...row.split("|")[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
  );
}

Deno.test("the page on NaN and infinity has one row for every op", () => {
  assertEquals(documented().toSorted(), [...casesByOp().keys()].toSorted());
});
