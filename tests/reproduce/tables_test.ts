import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { diverged, summaryOf } from "./_made_up.ts";

Deno.test("a table has means and standard deviations over seeds, and the paper's number for replaced values", () => {
  const [table] = summaryOf().tables;
  assertEquals(table!.columns.map(({ label, unit }) => [label, unit]), [[
    "h = 8, test error",
    "%",
  ]]);
  assertEquals(table!.rows.map(({ group, label }) => [group, label]).slice(0, 4), [
    ["Small", "SGD"],
    ["Small", "SGD, skeleton 1"],
    ["Small", "G-SGD"],
    ["Large", "SGD"],
  ]);
  const [cell] = table!.rows[0]!.cells;
  assertAlmostEquals(cell!.mean!, 22, 1e-9);
  assertAlmostEquals(cell!.spread!, 1, 1e-9);
  assertEquals([cell!.n, cell!.diverged], [3, 0]);
  assertEquals(cell!.paper, { mean: 7.76, spread: 0.17, source: "table 1" });
  assertEquals(table!.rows[3]!.cells[0]!.paper, null);
});

Deno.test("diverged and unfinished runs are excluded from means and counted", () => {
  const summary = summaryOf((point, result) =>
    point.arm !== "sgd" || point.axes.net !== "Small" || point.seed === 3
      ? result
      : point.seed === 1
      ? { ...result, ...diverged }
      : undefined
  );
  const [cell] = summary.tables[0]!.rows[0]!.cells;
  assertEquals([cell!.n, cell!.diverged, cell!.spread], [1, 1, null]);
  assertEquals(summary.points, { done: 17, diverged: 1, total: 18 });
  const compared = summary.comparisons.find(({ b, group }) =>
    b === "SGD" && group === "Small, h = 8"
  );
  assertEquals([compared!.n, compared!.unpaired, compared!.p], [1, 1, null]);
  const text = summary.verdict.join("\n");
  assertStringIncludes(text, "G-SGD itself, excluding seeds that diverged.");
  assertStringIncludes(text, "1 of 17 runs diverged. The means exclude diverged runs.");
  assertStringIncludes(text, "Only 17 of 18 runs are finished: the numbers are partial.");
});
