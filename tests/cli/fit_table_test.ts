import { assert, assertEquals } from "@std/assert";
import { fitTable } from "../../cli/fit_table.ts";
import { styledTable } from "../../cli/format.ts";
import { textOf } from "../../cli/span.ts";
import { plain, render, tableOf } from "../../cli/styled.ts";
import { permissionsOf } from "./command.ts";
import { onTerminal } from "./terminal.ts";

const ignore = Deno.build.os !== "linux"; // needs script(1)'s terminal

const header = ["name", "initial weights", "a", "error at best", "why"];
const rows = [
  ["sgd", "default", "1.25", "12.5 %", ""],
  ["gsgd", "skeleton set to 1", "10", "9 %", "plain update: the loss fixes its scale"],
];
const table = styledTable(header, rows, 2);
const at = (columns: number) => render(table, { hasColor: false, columns }).split("\n");

Deno.test("a table that fits is the same on a terminal and in a file", () => {
  const lines = plain(table).split("\n");
  const width = Math.max(...lines.map(({ length }) => length));
  assertEquals(at(width), lines);
  assertEquals(at(Infinity), lines);
  assert(at(width - 1).length > lines.length);
});

Deno.test("a wider table is divided, with the names in each part", () => {
  assertEquals(at(46), [
    "name  initial weights       a  error at best",
    "────────────────────────────────────────────",
    "sgd   default            1.25         12.5 %",
    "gsgd  skeleton set to 1    10            9 %",
    "",
    "name                                     why",
    "────────────────────────────────────────────",
    "gsgd  plain update: the loss fixes its scale",
  ]);
});

Deno.test("texts that are wider than the terminal are broken beside the name, or below it", () => {
  assertEquals(at(27).slice(-4), [
    "name  why",
    "─".repeat(26),
    "gsgd  plain update: the",
    "      loss fixes its scale",
  ]);
  assertEquals(at(20).slice(-4), [
    "gsgd",
    "  plain update: the",
    "  loss fixes its",
    "  scale",
  ]);
  for (const columns of [40, 26, 23, 18, 12]) {
    const lines = at(columns);
    for (const line of lines) assert(line.length <= Math.max(columns, 17), `${columns}: ${line}`);
    // nothing is lost
    const words = lines.join(" ").split(/\s+/);
    for (const word of rows.flat().flatMap((cell) => cell.split(" "))) {
      assert(word === "" || words.includes(word), `${word} at ${columns}`);
    }
  }
});

Deno.test("styled cells keep their style in the part that has them", () => {
  const best = { text: "9 %", style: "best" } as const;
  const styled = styledTable(
    ["name", "first", "second"],
    [["a", "12", best], ["b", "1", "2 %"]],
    1,
  );
  const lines = render(styled, { hasColor: true, columns: 13 }).split("\n");
  assertEquals(lines.length, 2 * 4 + 1);
  assert(lines[7]!.startsWith("a     ") && lines[7]!.includes("\u001b[32m9 %"), lines[7]);
});

Deno.test("texts without columns stay as they are", () => {
  for (const text of ["", "one long line of words", "────", "a\nb"]) {
    assertEquals(fitTable(tableOf(text).lines, 3).map(textOf).join("\n"), text);
  }
});

/** What the command prints on a terminal, without its colors. */
async function shown(columns: number, ...args: readonly string[]): Promise<readonly string[]> {
  assert(permissionsOf(args).length > 0);
  const text = await onTerminal(args, { columns, env: { NO_COLOR: "1" }, after: "2>/dev/null" });
  return text.trimEnd().split("\r\n");
}

for (const columns of [80, 40]) {
  Deno.test({
    name: `explain of a network with batch normalization fits ${columns} columns`,
    ignore,
    async fn() {
      const lines = await shown(columns, "explain", "--model", "resnet-8:4-8-8");
      for (const line of lines) assert(line.length <= columns, `${line.length}: ${line}`);
      const words = new Set(lines.join(" ").split(/\s+/));
      for (const word of ["layer1.0.bn1.weight", "FLOPs", "trained"]) assert(words.has(word), word);
    },
  });

  Deno.test({
    name: `the table of results with a validation split fits ${columns} columns`,
    ignore,
    async fn() {
      const out = await Deno.makeTempDir({ prefix: "gspace_table_" });
      const run = ["train", "--device=cpu", "--threads=1", "--dataset=synthetic", "--limit=200"];
      const lines = await shown(
        columns,
        ...[...run, "--validation=40", "--steps=3", "--optimizer=sgd,gsgd", "--per-class"],
        ...["--out", `${out}/run`],
      );
      await Deno.remove(out, { recursive: true });
      const path = lines.findIndex((line) => line.startsWith("Curves and settings:"));
      for (const line of lines.slice(0, path)) {
        assert(line.length <= columns, `${line.length}: ${line}`);
      }
      const text = lines.join("\n");
      for (const name of ["lowest validation error", "test error at best", "images/s"]) {
        assert(text.includes(name), `${name} is not in\n${text}`);
      }
    },
  });
}
