import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { Metric } from "../../cli/metrics.ts";
import { lineChart } from "../../cli/report/line_chart.ts";
import { reportPage } from "../../cli/report/page.ts";
import { linearScale, niceTicks } from "../../cli/report/scale.ts";

Deno.test("niceTicks() covers the interval with round steps", () => {
  assertEquals(niceTicks(0, 10).values, [0, 2, 4, 6, 8, 10]);
  const { values, decimals } = niceTicks(0.483, 2.31);
  assertEquals(values.map((value) => value.toFixed(decimals)), [
    "0.0",
    "0.5",
    "1.0",
    "1.5",
    "2.0",
    "2.5",
  ]);
  for (const [low, high] of [[-3, -1], [5, 5], [1e-7, 3e-7], [0, 1234]] as const) {
    const ticks = niceTicks(low, high).values;
    assert(ticks[0]! <= low && ticks.at(-1)! >= high, `${low} ${high}: ${ticks}`);
    assert(ticks.length >= 2 && ticks.length <= 9);
  }
});

Deno.test("linearScale() maps both ends, also of an empty interval", () => {
  const scale = linearScale([0, 4], [10, 50]);
  assertEquals([scale(0), scale(4)], [10, 50]);
  assertAlmostEquals(scale(1), 20, 1e-12);
  assertEquals(linearScale([2, 2], [10, 50])(2), 10);
});

const metrics: Metric[] = ["a", "b<script>"].flatMap((arm, i): Metric[] => [
  {
    kind: "step",
    arm,
    epoch: 0.5,
    step: 1,
    loss: 2 - i,
    accuracy: 0.5,
    learningRate: 1,
    seconds: 1,
  },
  {
    kind: "epoch",
    arm,
    epoch: 1,
    step: 2,
    trainLoss: 1,
    trainAccuracy: 0.6,
    testLoss: null,
    testError: null,
    seconds: 2,
  },
]);

function page(): string {
  return reportPage({
    title: "a & b",
    facts: ["first fact"],
    arms: [{ name: "a", firstWeights: "x" }, { name: "b<script>", firstWeights: "x" }],
    metrics,
    note: "note",
    config: "{}",
  });
}

Deno.test("the report needs nothing from elsewhere, and escapes names", () => {
  const html = page();
  assertEquals(/(?:src|href)\s*=|@import|url\(|https?:\/\//.exec(html), null);
  assertStringIncludes(html, "<title>a &amp; b</title>");
  assert(!html.includes("b<script>"));
  assertStringIncludes(html, "b&lt;script&gt;");
  assertStringIncludes(html, "not finished");
  assertStringIncludes(html, "prefers-color-scheme: dark");
  assertEquals(html.match(/<svg/g)?.length, 2); // loss and difference; there are no test numbers
});

Deno.test("the report's script is valid JavaScript", () => {
  const script = /<script>([\s\S]*)<\/script>/.exec(page())?.[1];
  assert(script);
  new Function(script); // throws a SyntaxError if not
});

Deno.test("lineChart() puts points where the axes say", () => {
  const points = [{ x: 0, y: 0 }, { x: 2, y: 10 }];
  const svg = lineChart([{ name: "a", color: 1, points }], {
    id: "c",
    title: "t",
    xLabel: "x",
    yLabel: "y",
    decimals: 1,
  });
  assertStringIncludes(svg, 'points="58.0,276.0 546.0,14.0"');
});
