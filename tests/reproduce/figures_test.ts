import { assertAlmostEquals, assertEquals } from "@std/assert";
import { pointsOf } from "../../reproduce/expand.ts";
import { experimentSchema } from "../../reproduce/experiment.ts";
import { figureOf } from "../../reproduce/figures.ts";
import type { Measured } from "../../reproduce/measured.ts";
import { curveOf, experiment, resultOf, spec, summaryOf } from "./_made_up.ts";

Deno.test("a figure has a panel for each axis value, a curve for each optimizer, and a band over seeds", () => {
  const { panels } = summaryOf().figures[0]!;
  assertEquals(panels.map(({ title }) => title), [
    "Small: train loss",
    "Large: train loss",
    "final",
  ]);
  const [first, , final] = panels;
  assertEquals([first!.x.label, first!.y.scale], ["epoch", "log"]);
  assertEquals(first!.curves.map(({ label, variant }) => [label, variant]), [
    ["SGD", 0],
    ["SGD, skeleton 1", 0],
    ["G-SGD", 0],
  ]);
  const [start, end] = first!.curves[0]!.points;
  assertAlmostEquals(start!.y, 1.2, 1e-9);
  assertAlmostEquals(start!.high - start!.low, 0.2, 1e-9);
  assertAlmostEquals(start!.high - start!.y, start!.y - start!.low, 1e-9);
  assertEquals([start!.x, end!.x], [1, 2]);
  // networks in one panel have different labels
  assertEquals(final!.curves.slice(2, 4).map(({ label, variant }) => [label, variant]), [
    ["G-SGD, Small", 0],
    ["SGD, Large", 1],
  ]);
});

Deno.test("the label of an arm that runs at only one axis value omits it", () => {
  const axes = { signs: { "all 1": {}, random: {} } };
  const scale = { ...spec, axes, insteadOf: {} };
  const once = experimentSchema.parse({
    ...JSON.parse(JSON.stringify(experiment)),
    arms: [{ name: "sgd", only: { signs: "all 1" } }, { name: "sgd-skeleton" }, {
      name: "frozen-skeleton",
    }],
    paper: [],
    comparisons: [],
    tables: [{ title: "Signs", columns: [{ metric: "trainLoss" }] }],
    figures: [{
      name: "signs",
      title: "Signs",
      caption: "",
      columns: 1,
      panels: [{ title: "", x: "epoch", y: "trainLoss" }],
    }],
    scales: { smoke: scale, laptop: scale, paper: scale },
  });
  const { figures, tables } = summaryOf(undefined, once);
  assertEquals(figures[0]!.panels[0]!.curves.map(({ label, variant }) => [label, variant]), [
    ["SGD", 0],
    ["SGD, skeleton 1, all 1", 0],
    ["SGD, skeleton 1, free weights frozen, all 1", 0],
    ["SGD, skeleton 1, random", 1],
    ["SGD, skeleton 1, free weights frozen, random", 1],
  ]);
  assertEquals(tables[0]!.rows.map(({ group, label }) => [group, label]).slice(0, 2), [
    ["", "SGD"],
    ["all 1", "SGD, skeleton 1"],
  ]);
});

Deno.test("a band is mean ± standard deviation, but ends above 0 on a logarithmic axis", () => {
  const losses = [0.01, 0.02, 4];
  const measured = pointsOf(experiment, "smoke").map((point): Measured => ({
    point,
    name: "run",
    result: resultOf(point),
    curve: curveOf(point).map((line) => ({
      ...line,
      trainLoss: line.epoch === 1 ? losses[point.seed - 1]! : point.seed === 3 ? 1 : 0.9,
    })),
  }));
  const [figure] = experiment.figures;
  const [first, second] = figureOf(figure!, experiment, measured).panels[0]!.curves[0]!.points;
  assertEquals(first!.low, 0.01);
  assertAlmostEquals(second!.low, 2 * second!.y - second!.high, 1e-9);
});
