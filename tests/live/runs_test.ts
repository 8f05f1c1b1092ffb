import { columnsFor } from "../../live/client/run_columns.js";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { chartKinds } from "../../live/client/chart_kinds.js";
import { isDrawable, outlineOf, rangeText } from "../../live/client/histogram_chart.js";
import {
  bestColors,
  changedNames,
  parameterNames,
  Runs,
  shareDone,
  shortLabels,
} from "../../live/client/runs.js";
import { layersLine, stepLine } from "./run_folders.ts";

const info = (id: string, arms: string[], settings: Record<string, unknown> = {}) => ({
  id,
  arms,
  isNamed: false,
  title: "t",
  length: { steps: 10 },
  changed: 0,
  settings,
  about: "",
});

Deno.test("an optimizer has one color in all runs, and each run its own dashes", () => {
  const runs = new Runs();
  runs.infos = [info("runs/a", ["sgd", "gsgd"]), info("runs/b", ["gsgd", "adam"])];
  runs.styles = { sgd: { color: 1, dashed: false }, gsgd: { color: 3, dashed: false } };
  runs.styles = {
    ...runs.styles,
    adam: { color: 6, dashed: false },
    adamw: { color: 6, dashed: true },
  };
  const curves = runs.curves(["runs/a", "runs/b", "runs/gone"]);
  assertEquals(curves.map(({ label, color, dash }) => [label, color, dash]), [
    ["sgd · a", 1, 0],
    ["gsgd · a", 3, 0],
    ["gsgd · b", 3, 1],
    ["adam · b", 6, 1],
  ]);
  runs.infos = [...runs.infos, info("runs/c", ["adam", "adamw"])];
  assertEquals(runs.curves(["runs/c"]).map(({ color, dash }) => [color, dash]), [[6, 0], [6, 1]]);
  assertEquals(runs.curves(["runs/b"]).map(({ label }) => label), ["gsgd", "adam"]);
});

Deno.test("lines are added to a run, or replace those of a run that was restarted", () => {
  const runs = new Runs();
  runs.infos = [info("a", ["sgd"])];
  const lines = (...steps: number[]) =>
    steps.map((step) => JSON.parse(JSON.stringify(stepLine("sgd", step))));
  const steps = () => runs.curves(["a"])[0]!.steps.map(({ step }) => step);
  runs.add({ run: "a", reset: true, lines: lines(1, 2) });
  runs.add({ run: "a", reset: false, lines: lines(3) });
  assertEquals(steps(), [1, 2, 3]);
  runs.add({ run: "a", reset: true, lines: lines(1) });
  assertEquals(steps(), [1]);
  assertEquals(shareDone(runs.curves(["a"])[0]!, runs.infos[0]), 0.1);
});

Deno.test("a setting of some optimizers is none of the others, and settings beyond three share a column", () => {
  const runs = new Runs();
  const settings = { lr: { sgd: 0.1, gsgd: 0.2 }, bias: true, batch: 8, seed: 1 };
  const others = { lr: 0.3, bias: false, batch: 16, seed: 2 };
  runs.infos = [info("a", ["sgd", "adam"], settings), info("b", ["sgd"], others)];
  const curves = runs.curves(["a", "b"]);
  assertEquals(curves.map(({ settings }) => settings.lr), ["0.1", "–", "0.3"]);
  const shown = () =>
    columnsFor(runs.curves(["a", "b"]), () => undefined).slice(2, -5)
      .map(({ title, text }) => [title, ...curves.map(text)]);
  assertEquals(shown(), [
    ["lr", "0.1", "–", "0.3"],
    ["bias", "yes", "yes", "no"],
    ["other settings", "batch 8, seed 1", "batch 8, seed 1", "batch 16, seed 2"],
  ]);
  runs.infos = [info("a", ["sgd", "adam"], { ...settings, seed: 2 }), runs.infos[1]!];
  assertEquals(shown().map(([title]) => title), ["lr", "bias", "batch"]);
});

Deno.test("labels omit the common prefix of all paths", () => {
  assertEquals(shortLabels(["runs/x/a", "runs/x/b/c"]), ["a", "b/c"]);
  assertEquals(shortLabels(["runs/a"]), ["a"]);
  assertEquals(shortLabels(["a", "a/b"]), ["a", "b"]);
  assertEquals(shortLabels([]), []);
});

Deno.test("validation errors have a chart if there are any", () => {
  const { value } = chartKinds.find(({ id }) => id === "validation-error")!;
  assertEquals([value({ validationError: 0.25 }), value({ testError: 0.5 })], [25, null]);
});

Deno.test("runs of one optimizer have the colors of runs, which they keep while they are shown", () => {
  const runs = new Runs();
  runs.infos = ["a", "b", "c"].map((id) => info(id, ["sgd"]));
  runs.styles = { sgd: { color: 5, dashed: false } };
  const colors = (ids: string[], by?: "optimizer" | "run") =>
    runs.curves(ids, by).map(({ run, color, dash }) => `${run} ${color} ${dash}`);
  assertEquals(colors(["a", "b", "c"]), ["a 1 0", "b 2 0", "c 3 0"]);
  assertEquals(colors(["c", "b"]), ["c 3 0", "b 2 0"]);
  assertEquals(colors(["c", "b", "a"]), ["c 3 0", "b 2 0", "a 1 0"]);
  assertEquals(colors(["a", "b"], "optimizer"), ["a 5 0", "b 5 1"]);
  runs.infos = [...runs.infos, info("d", ["sgd", "gsgd"])];
  assertEquals(colors(["a", "d"], "run"), ["a 1 0", "d 2 0", "d 2 1"]);
  assertEquals([["a"], ["a", "b"], ["a", "d"]].map((ids) => runs.colorsBy(ids)), [
    "optimizer",
    "run",
    "optimizer",
  ]);
  assertEquals(bestColors([]), "optimizer");
});

Deno.test("more runs than colors repeat colors, and ids that are gone take none", () => {
  const runs = new Runs();
  const ids = Array.from({ length: 10 }, (_, i) => `r${i}`);
  runs.infos = ids.map((id) => info(id, ["sgd"]));
  const colors = runs.curves(["gone", ...ids], "run").map(({ color }) => color);
  assertEquals(colors, [1, 2, 3, 4, 5, 6, 7, 8, 1, 2]);
});

Deno.test("settings are shown as text, by optimizer, where curves differ", () => {
  const runs = new Runs();
  const common = { bias: true, batch: 64 };
  runs.infos = [
    info("a", ["sgd", "gsgd"], { ...common, lr: { sgd: 0.1, gsgd: 0.2 }, mixup: null }),
    info("b", ["sgd"], { ...common, lr: 0.1, ratioClamp: [0.5, 2] }),
  ];
  const curves = runs.curves(["a", "b"]);
  assertEquals(curves.map(({ settings }) => settings.lr), ["0.1", "0.2", "0.1"]);
  assertEquals(changedNames(curves), ["lr", "mixup", "ratioClamp"]);
  assertEquals([curves[0]?.settings.bias, curves[0]?.settings.mixup], ["yes", "–"]);
  assertEquals(curves[2]?.settings.ratioClamp, "0.5, 2");
  assertEquals(changedNames(curves.slice(2)), []);
});

Deno.test("norms are those of all layers, or of one; a run without the layer has none", () => {
  const runs = new Runs();
  runs.infos = [info("a", ["sgd", "gsgd"])];
  const lines = JSON.parse(JSON.stringify([layersLine("sgd", 1), layersLine("sgd", 4)]));
  runs.add({ run: "a", reset: true, lines });
  const [sgd, gsgd] = runs.curves(["a"]);
  assertEquals(parameterNames([sgd!, gsgd!]), ["fc.weight", "fc.bias"]);
  assertEquals(parameterNames([gsgd!]), []);
  const kind = chartKinds.find(({ id }) => id === "gradient-norm")!;
  const points = (parameter?: string) =>
    kind.lines(sgd!, parameter).map((line) => [line.step, kind.value(line)]);
  assertEquals(points(), [[1, 1], [4, 0.25]]);
  assertEquals(points("fc.bias"), [[1, 0.6], [4, 0.15]]);
  assertEquals(points("gone"), []);
  assertEquals(kind.lines(gsgd!, "fc.bias"), []);
});

Deno.test("the outline of a histogram has an area of 1, also if all values are equal", () => {
  for (const [low, high] of [[-1, 3], [2, 2], [0, 0]] as const) {
    const [x, y] = outlineOf({ low, high, counts: [1, 0, 6, 1] });
    assertEquals(x, x.toSorted((a, b) => a - b));
    assertEquals([y[0], y.at(-1), x.length], [0, 0, y.length]);
    const area = y.slice(0, -1).reduce((sum, height, i) => sum + height * (x[i + 1]! - x[i]!), 0);
    assertAlmostEquals(area, 1, 1e-9);
  }
});

Deno.test("the first and the last bin have the values beyond", () => {
  const histogram = { low: -1, high: 1, counts: [1, 2, 3, 4] };
  const texts = [0, 1, 2, 3].map((bin) => rangeText(histogram, bin));
  assertEquals(texts, ["up to -0.5", "-0.5 to 0", "0 to 0.5", "from 0.5"]);
});

Deno.test("a histogram without values, or with values that are not finite, is not drawn", () => {
  const text = '{"low":null,"high":null,"counts":[4,0]}';
  const counts = [0, 3];
  const drawn = [{ low: -1, high: 1, counts }, { low: 2, high: 2, counts }];
  const others = [JSON.parse(text), { low: -1, high: 1, counts: [0, 0] }, {
    ...{ low: -1, high: Infinity, counts },
  }];
  assertEquals([...drawn, ...others].map(isDrawable), [true, true, false, false, false]);
});
