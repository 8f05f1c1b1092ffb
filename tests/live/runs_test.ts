import { assertEquals } from "@std/assert";
import { chartKinds } from "../../live/client/chart_kinds.js";
import { Runs, shareDone, shortLabels } from "../../live/client/runs.js";
import { stepLine } from "./run_folders.ts";

const info = (id: string, arms: string[]) => ({
  id,
  arms,
  isNamed: false,
  title: "t",
  length: { steps: 10 },
  changed: 0,
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
