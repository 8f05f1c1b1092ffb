import { assertEquals, assertThrows } from "@std/assert";
import { JsonError, MAX_JSON_DEPTH, parseJson } from "../../checkpoint/mod.ts";

const nested = (depth: number, open = "[", close = "]") => open.repeat(depth) + close.repeat(depth);

Deno.test("JSON is read as JSON.parse reads it, down to a depth", () => {
  const texts = [
    ...["1", '"a"', "null", '{"a":[1,{"b":"]}[{\\"\\\\"}]}', `["${"[{".repeat(500)}"]`],
    ...[nested(MAX_JSON_DEPTH), `"${"\\\\".repeat(200)}"`, `[${"[],".repeat(500)}[]]`],
  ];
  for (const text of texts) assertEquals(parseJson(text), JSON.parse(text));
});

Deno.test("what is nested deeper, or is no JSON, is a JsonError", () => {
  for (const depth of [MAX_JSON_DEPTH + 1, 200_000]) {
    const texts = [
      nested(depth),
      nested(depth, '{"a":', "}"),
      "[".repeat(depth),
      `{"seed":${nested(depth)}}`,
      `["\\"",${nested(depth)}]`,
    ];
    for (const text of texts) assertThrows(() => parseJson(text), JsonError, "deep");
  }
  for (const text of ["", "{", "'a'", `"${"a".repeat(200)}`, "[1,]", "\u001b[2J"]) {
    assertThrows(() => parseJson(text), JsonError, "Cannot read JSON: ");
  }
});

Deno.test("no file reads JSON in another way", async () => {
  const root = new URL("../../", import.meta.url);
  const others: string[] = [];
  const visit = async (folder: URL): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await visit(new URL(`${name}/`, folder));
      if (!name.endsWith(".ts")) continue;
      const text = await Deno.readTextFile(new URL(name, folder));
      if (/\bJSON\.parse\(/.test(text)) {
        others.push(new URL(name, folder).href.slice(root.href.length));
      }
    }
  };
  const rooms = ["checkpoint", "cli", "datasets", "live", "metrics", "reproduce", "report"];
  for (const room of rooms) await visit(new URL(`${room}/`, root));
  // the header's own reader asks for single strings only
  assertEquals(others.toSorted(), ["checkpoint/header.ts", "checkpoint/json.ts"]);
});
