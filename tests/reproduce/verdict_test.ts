import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { pointsOf } from "../../reproduce/expand.ts";
import { experimentSchema } from "../../reproduce/experiment.ts";
import type { Measured } from "../../reproduce/measured.ts";
import { summarize } from "../../reproduce/summarize.ts";
import { diverged, experiment, lossOf, resultOf, scaleOf, spec, summaryOf } from "./_made_up.ts";

Deno.test("the verdict splits the difference between SGD and G-SGD into its parts", () => {
  const { verdict, comparisons } = summaryOf();
  assertEquals(
    verdict[0],
    "From SGD to G-SGD, train loss changes by −0.3000 (mean over 2 settings): −0.2000 from the " +
      "initial weights and −0.1000 from G-SGD itself. 2 of the 2 tests behind this show a " +
      "difference with Holm's correction.",
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
  assertStringIncludes(verdict[0]!, " 2 of the 2 tests behind this show a difference");
  assertStringIncludes(verdict[1]!, "train loss is lower in 0 of 2 settings and higher in 2");
});

Deno.test("the verdict says how far settings differ behind a mean", () => {
  const { verdict } = summaryOf((point, result) =>
    point.arm !== "gsgd" || point.axes.net === "Small"
      ? result
      : { ...result, end: { ...result.end!, trainLoss: lossOf(point) + 1 } }
  );
  assertStringIncludes(
    verdict[0]!,
    "train loss changes by +0.2000 (mean over 2 settings, −0.3000 to +0.7000): −0.2000 from",
  );
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
