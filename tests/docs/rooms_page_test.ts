import { assertEquals } from "@std/assert";
import { rooms, workshops } from "../rooms.ts";

/** The cells of the table's rows that begin with a folder, by folder. */
async function folderRows(page: string): Promise<Map<string, readonly string[]>> {
  const text = await Deno.readTextFile(new URL(`../../${page}`, import.meta.url));
  const rows = text.split("\n").filter((line) => /^\| `\w+\/`/.test(line));
  return new Map(rows.map((row) => {
    const cells = row.split("|").map((cell) => cell.trim()).slice(1, -1);
    return [cells[0]!.slice(1, -2), cells];
  }));
}

Deno.test("CONTRIBUTING lists every room and what it may import", async () => {
  const rows = await folderRows("CONTRIBUTING.md");
  assertEquals([...rows.keys()].toSorted(), [...rooms.keys(), ...workshops].toSorted());
  for (const [name, room] of rooms) {
    if (name === "cli") continue; // "any room"
    const listed = [...rows.get(name)![2]!.matchAll(/`([^`]+)`/g)].map(([, each]) => each!);
    assertEquals(listed.toSorted(), [...room.rooms, ...room.packages ?? []].toSorted(), name);
  }
});

Deno.test("README lists every room that is published", async () => {
  const rows = await folderRows("README.md");
  assertEquals([...rooms.keys()].filter((name) => !rows.has(name)), []);
});
