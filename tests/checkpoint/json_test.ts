import { assertEquals, assertThrows } from "@std/assert";
import { JsonError, MAX_JSON_DEPTH, parseJson } from "../../checkpoint/mod.ts";

const nested = (depth: number, open = "[", close = "]") => open.repeat(depth) + close.repeat(depth);

Deno.test("parseJson() returns what JSON.parse returns, up to a maximum depth", () => {
  const texts = [
    ...["1", '"a"', "null", '{"a":[1,{"b":"]}[{\\"\\\\"}]}', `["${"[{".repeat(500)}"]`],
    ...[nested(MAX_JSON_DEPTH), `"${"\\\\".repeat(200)}"`, `[${"[],".repeat(500)}[]]`],
  ];
  for (const text of texts) assertEquals(parseJson(text), JSON.parse(text));
});

Deno.test("text that is nested deeper or is not JSON is a JsonError", () => {
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

Deno.test("untrusted JSON is parsed only with parseJson()", async () => {
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
  // the header parser uses it only for single strings
  assertEquals(others.toSorted(), ["checkpoint/header.ts", "checkpoint/json.ts"]);
});
