import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { pointsOf, type RunPoint } from "../../reproduce/expand.ts";
import { type Experiment, experimentSchema } from "../../reproduce/experiment.ts";
import { figureOf } from "../../reproduce/figures.ts";
import { markdownOf } from "../../reproduce/markdown.ts";
import type { Measured } from "../../reproduce/measured.ts";
import type { PointResult } from "../../reproduce/point_result.ts";
import type { CurveLine } from "../../reproduce/run_metrics.ts";
import { summarize } from "../../reproduce/summarize.ts";

const spec = {
  differences: ["It is made up."],
  settings: {},
  seeds: [1, 2, 3],
  axes: { net: { Small: {}, Large: {} }, h: [8] },
  insteadOf: { Small: "PlainNet-34" },
};

const scaleOf = (seeds: readonly number[]) => ({ ...spec, seeds });

const experiment: Experiment = experimentSchema.parse({
  what: "made-up",
  title: "Made up",
  claim: "G-SGD is better.",
  source: "nowhere",
  arms: [{ name: "sgd" }, { name: "sgd-skeleton" }, { name: "gsgd" }],
  labels: { h: "h = {}" },
  paper: [{
    where: { net: "PlainNet-34", arm: "sgd" },
    metric: "testError",
    mean: 7.76,
    spread: 0.17,
    source: "table 1",
  }],
  tables: [{ title: "Errors", across: "h", columns: [{ metric: "testError" }] }],
  figures: [{
    name: "curves",
    title: "Curves",
    caption: "",
    columns: 2,
    panels: [
      { title: "train loss", x: "epoch", y: "trainLoss", split: "net", log: ["y"] },
      { title: "final", x: "h", y: "testError" },
    ],
  }],
  comparisons: [
    { a: "gsgd", b: "sgd-skeleton", metrics: ["trainLoss"] },
    { a: "gsgd", b: "sgd", metrics: ["trainLoss"] },
    { a: "sgd-skeleton", b: "sgd", metrics: ["trainLoss"] },
    { a: "gsgd", b: "sgd", metrics: ["imagesPerSecond"], kind: "ratio" },
  ],
  scales: { smoke: spec, laptop: spec, paper: spec },
});

/** Losses: 1 for SGD, 0.8 for SGD with G-SGD's initial weights, 0.7 for G-SGD; seeds add to it. */
function lossOf({ arm, seed }: RunPoint): number {
  const base = arm === "sgd" ? 1 : arm === "sgd-skeleton" ? 0.8 : 0.7;
  return base + 0.1 * seed + (arm === "gsgd" ? 0.01 * (seed - 2) : 0);
}

function resultOf(point: RunPoint): PointResult {
  const end = {
    step: 10,
    trainLoss: lossOf(point),
    trainError: 0.1,
    testLoss: 1,
    testError: 0.2 + 0.01 * point.seed,
    validationError: null,
    imagesPerSecond: point.arm === "gsgd" ? 90 : 100,
    signChanges: null,
    smallestPathValue: null,
  };
  return {
    status: "done",
    message: null,
    device: "an abacus",
    seconds: 2,
    finished: "2026-01-01T00:00:00Z",
    end,
    best: null,
    space: null,
  };
}

function curveOf(point: RunPoint): CurveLine[] {
  return [1, 2].map((epoch) => ({
    kind: "epoch",
    epoch,
    step: 5 * epoch,
    trainLoss: lossOf(point) / epoch,
    trainError: 0.1,
    testLoss: 1,
    testError: 0.2,
    seconds: epoch,
    imagesPerSecond: null,
  }));
}

/** All runs done; `change` may remove or replace a result. */
function summaryOf(
  change = (_: RunPoint, result: PointResult): PointResult | undefined => result,
  of = experiment,
) {
  const measured = pointsOf(of, "smoke").map((point): Measured => ({
    point,
    name: "run",
    result: change(point, resultOf(point)),
    curve: curveOf(point),
  }));
  const results = measured.flatMap(({ result }) => result ?? []);
  return summarize({
    experiment: of,
    scale: "smoke",
    command: "deno task reproduce made-up",
    measured,
    results,
    choices: [],
    total: measured.length,
  });
}

const diverged = { status: "diverged", message: "inf", end: null } as const;

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

Deno.test("the verdict splits the difference between SGD and G-SGD into its parts", () => {
  const { verdict, comparisons } = summaryOf();
  assertEquals(
    verdict[0],
    "From SGD to G-SGD, train loss changes by −0.3000 (mean over 2 settings): −0.2000 from the " +
      "initial weights and −0.1000 from G-SGD itself.",
  );
  assertStringIncludes(
    verdict[1]!,
    "Effect of G-SGD itself, compared with SGD from the same initial weights: train loss is lower " +
      "in 2 of 2 settings and higher in 0 (3 seeds).",
  );
  const parts =
    "train loss changes by −0.3000: −0.2000 from the initial weights and −0.1000 from G-SGD itself.";
  for (const net of ["Small", "Large"]) assert(verdict.includes(`${net}, h = 8: ${parts}`), net);
  const ratio = comparisons.find(({ kind }) => kind === "ratio");
  assertAlmostEquals(ratio!.difference!, -10, 1e-9);
});

Deno.test("the verdict says when G-SGD is worse, in the same words", () => {
  const { verdict } = summaryOf((point, result) =>
    point.arm !== "gsgd"
      ? result
      : { ...result, end: { ...result.end!, trainLoss: lossOf(point) + 1 } }
  );
  assertStringIncludes(verdict[0]!, "−0.2000 from the initial weights and +0.9000");
  assertStringIncludes(verdict[1]!, "train loss is lower in 0 of 2 settings and higher in 2");
});

Deno.test("seeds on which an arm diverges are excluded from comparisons", () => {
  const { verdict } = summaryOf((point, result) =>
    point.arm === "gsgd" && point.axes.net === "Small" && point.seed > 1
      ? { ...result, ...diverged }
      : result
  );
  const text = verdict.join("\n");
  assertStringIncludes(
    text,
    "train loss is lower in 1 of 2 settings and higher in 0; 1 cannot be tested (3 seeds).",
  );
  assertStringIncludes(
    text,
    "Small, h = 8: train loss of G-SGD minus SGD, skeleton 1: −0.1100; one pair, so significance " +
      "cannot be tested; 2 seeds are excluded because a run diverged.",
  );
  const none =
    summaryOf((point, result) => point.arm === "gsgd" ? { ...result, ...diverged } : result)
      .verdict;
  assertEquals(
    none[0],
    "Effect of G-SGD itself, compared with SGD from the same initial weights: train loss has no " +
      "pairs to compare.",
  );
});

Deno.test("one seed, or equal differences for all seeds, cannot be tested", () => {
  const once = { ...experiment, scales: { ...experiment.scales, smoke: scaleOf([1]) } };
  const alone = summaryOf(undefined, once).verdict.join("\n");
  assertStringIncludes(alone, "train loss cannot be tested with one seed.");
  assertEquals(alone.includes("by chance"), false);
  const even = summaryOf((point, result) => ({
    ...result,
    end: { ...result.end!, trainLoss: point.arm === "gsgd" ? 0.25 : 0.5 },
  })).verdict.join("\n");
  assertStringIncludes(even, "train loss cannot be tested.");
  assertStringIncludes(even, "−0.2500; all 3 pairs have the same difference, so significance");
});

Deno.test("significant tests are counted with and without correction", () => {
  const { verdict } = summaryOf();
  assertEquals(
    verdict.at(-1),
    "The 4 tests are not corrected for multiple comparisons: without any true difference, about " +
      "0.2 of the intervals would exclude 0 by chance. 4 do; with Holm's correction, 4 still do.",
  );
});

Deno.test("diverged runs of the search are counted separately", () => {
  const measured = pointsOf(experiment, "smoke").map((point): Measured => ({
    point,
    name: "run",
    result: resultOf(point),
    curve: [],
  }));
  const [{ result }] = measured as [Measured];
  const { verdict } = summarize({
    experiment,
    scale: "smoke",
    command: "",
    measured,
    results: [...measured.flatMap(({ result }) => result ?? []), { ...result!, ...diverged }],
    choices: [],
    total: measured.length + 1,
  });
  const text = verdict.join("\n");
  assertStringIncludes(text, "1 run of the hyperparameter search diverged.");
  assertEquals(text.includes("The means exclude"), false);
});

Deno.test("the effect of signs is reported for each optimizer", () => {
  const scale = { ...spec, axes: { signs: { one: {}, random: {} } }, insteadOf: {} };
  const sides = (arm: string) => ({
    a: { arm, signs: "random" },
    b: { arm, signs: "one" },
    metrics: ["trainLoss"],
  });
  const signs = experimentSchema.parse({
    ...JSON.parse(JSON.stringify(experiment)),
    verdict: "signs",
    paper: [],
    comparisons: [sides("gsgd"), sides("sgd")],
    tables: [],
    figures: [],
    scales: { smoke: scale, laptop: scale, paper: scale },
  });
  const { verdict } = summaryOf((point, result) => {
    const change = point.arm === "gsgd"
      ? 0
      : point.axes.signs === "one"
      ? 0
      : 1 + 0.01 * point.seed;
    return { ...result, end: { ...result.end!, trainLoss: lossOf(point) + change } };
  }, signs);
  assertEquals(verdict.slice(0, 2), [
    "Random signs of the skeleton weights vs. all 1, with G-SGD: train loss shows no significant " +
    "difference (3 seeds).",
    "Random signs of the skeleton weights vs. all 1, with SGD: train loss is higher (3 seeds).",
  ]);
});

Deno.test("the Markdown has our numbers and the paper's, tests, differences, and the command", () => {
  const text = markdownOf(summaryOf());
  for (
    const part of [
      "# Made up",
      "- It is made up.",
      "deno task reproduce made-up",
      "| setting | optimizer | h = 8, test error (%) | the paper (%) |",
      "| Small | SGD | 22.00 ± 1.00 | 7.76 ± 0.17, table 1 |",
      "Mean ± sample standard deviation over 3 seeds.",
      "| Small, h = 8 | G-SGD − SGD, skeleton 1 | train loss | -0.1000 | -0.1248 to -0.0752 | -5.7 | 0.003 | yes | 3 |",
      "Measured on an abacus",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("the verdict on invariance counts every pair and attributes only small differences to rounding", () => {
  const scale = {
    ...spec,
    axes: { scaling: { none: {}, exact: {}, any: {}, digit: {} } },
    insteadOf: {},
  };
  const twins = experimentSchema.parse({
    ...JSON.parse(JSON.stringify(experiment)),
    verdict: "invariance",
    paper: [],
    comparisons: [],
    twins: { axis: "scaling", reference: "none", control: "digit" },
    tables: [{ title: "Twins", columns: [{ metric: "pathDifference" }] }],
    figures: [{
      name: "twins",
      title: "Twins",
      caption: "",
      columns: 1,
      panels: [{ title: "", x: "scaling", y: "pathDifference" }],
    }],
    scales: { smoke: scale, laptop: scale, paper: scale },
  });
  /** The verdict if pairs are apart by this; twins that are rescaled exactly by `exact`. */
  const verdictOf = (apartOf: (point: RunPoint) => number | null) =>
    summaryOf(
      (point, result) =>
        point.axes.scaling === "none"
          ? result
          : { ...result, twin: { pathDifference: apartOf(point), lossDifference: 0 } },
      twins,
    )
      .verdict;
  const isExact = ({ axes }: RunPoint) => axes.scaling === "exact";

  const clear = verdictOf((point) =>
    point.arm === "sgd" ? 3 * point.seed : isExact(point) ? 0 : 1e-6
  );
  assertEquals(
    clear[0],
    "SGD is affected by rescaling (path values differ by 3 to 9). " +
      "SGD, skeleton 1 is invariant to rescaling up to rounding (path values differ by at most " +
      "1.0e-6). G-SGD is invariant to rescaling up to rounding (path values differ by at most " +
      "1.0e-6). Control: when only the last digit of the initial weights changes, 3 of 9 pairs of all " +
      "optimizers differ by more than 2.0e-5 (up to 9).",
  );
  assertStringIncludes(clear.join("\n"), "the basis-path values differ by 3 to 9, relative to");

  // the control's pairs are no evidence about rescaling
  const calm = verdictOf(({ axes }) => axes.scaling === "digit" ? 0.5 : 0)[0]!;
  assertStringIncludes(calm, "G-SGD is bit-for-bit invariant to rescaling. Control: when");
  assertStringIncludes(
    calm,
    "9 of 9 pairs of all optimizers differ by more than 2.0e-5 (up to 0.5)",
  );

  // one pair with a large difference is neither hidden by the others nor attributed to rounding
  const mixed = verdictOf((point) => isExact(point) ? 0 : point.seed === 2 ? 0.011 : 1e-6);
  assertStringIncludes(
    mixed[0]!,
    "G-SGD is bit-for-bit invariant when units are rescaled exact; otherwise 1 of 3 pairs " +
      "differs by more than 2.0e-5 (up to 0.011).",
  );
  const broken = verdictOf((point) => isExact(point) ? 0 : null).join("\n");
  assertStringIncludes(
    broken,
    "3 of 3 pairs differ by more than 2.0e-5 (up to infinity)",
  );
  assertStringIncludes(broken, "the basis-path values are not all finite (3 pairs)");
});
