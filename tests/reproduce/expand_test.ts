import { assertEquals, assertThrows } from "@std/assert";
import { choose } from "../../reproduce/choose.ts";
import { pointsOf, type RunPoint, searchesOf } from "../../reproduce/expand.ts";
import { type Experiment, experimentSchema } from "../../reproduce/experiment.ts";
import type { PointResult } from "../../reproduce/point_result.ts";

/** An experiment with two arms and this scale. */
function experimentOf(
  scale: Record<string, unknown>,
  rest: Record<string, unknown> = {},
): Experiment {
  const spec = { differences: [], settings: {}, seeds: [1], axes: {}, ...scale };
  return experimentSchema.parse({
    what: "study",
    title: "A study",
    claim: "None.",
    source: "nowhere",
    arms: [{ name: "sgd" }, { name: "gsgd", settings: { baseOptimizer: "adam" } }],
    tables: [],
    figures: [],
    comparisons: [],
    scales: { smoke: spec, laptop: spec, paper: spec },
    ...rest,
  });
}

Deno.test("runs are the product of all axes, seeds outermost, with the settings of their values", () => {
  const experiment = experimentOf({
    settings: { epochs: 2 },
    seeds: [1, 2],
    axes: { net: { plain: { model: "plainnet-8" }, mlp: { model: "mlp:49-8-10" } }, lr: [0.1, 1] },
  });
  const points = pointsOf(experiment, "smoke");
  assertEquals(points.length, 2 * 2 * 2 * 2);
  assertEquals(points.slice(0, 2), [
    {
      arm: "sgd",
      axes: { net: "plain", lr: 0.1 },
      seed: 1,
      tuned: {},
      settings: { optimizer: ["sgd"], epochs: 2, model: "plainnet-8", lr: 0.1, seed: 1 },
    },
    {
      arm: "gsgd",
      axes: { net: "plain", lr: 0.1 },
      seed: 1,
      tuned: {},
      settings: {
        optimizer: ["gsgd"],
        epochs: 2,
        model: "plainnet-8",
        lr: 0.1,
        baseOptimizer: "adam",
        seed: 1,
      },
    },
  ]);
  assertEquals(points.map(({ seed }) => seed), [...Array(8).fill(1), ...Array(8).fill(2)]);
});

Deno.test("an axis named in a text is substituted and is not a setting itself", () => {
  const experiment = experimentOf({
    settings: { model: "mlp:49-{h}-{h}-10" },
    axes: { h: [8, 16] },
  });
  const settings = pointsOf(experiment, "smoke").map((point) => point.settings);
  assertEquals(settings[2], { optimizer: ["sgd"], model: "mlp:49-16-16-10", seed: 1 });
  const wrong = experimentOf({ settings: { model: "mlp:{w}" }, axes: { h: [8] } });
  assertThrows(() => pointsOf(wrong, "smoke"), Error, "contains {w}");
});

Deno.test("the order of timed runs alternates", () => {
  const experiment = experimentOf({ seeds: [1, 2] }, { oneAtATime: true });
  const arms = pointsOf(experiment, "smoke").map(({ arm }) => arm);
  assertEquals(arms, ["sgd", "gsgd", "gsgd", "sgd"]);
});

const tuned = experimentOf({
  seeds: [1, 2],
  axes: { h: { small: {}, large: {} } },
  tune: {
    by: "trainLoss",
    seeds: [1],
    settings: { epochs: 1 },
    grid: { sgd: { lr: [0.1, 0.3, 1] } },
  },
});

function resultWith(trainLoss: number | null): PointResult {
  const end = trainLoss === null ? null : {
    step: 1,
    trainLoss,
    trainError: 0,
    testLoss: null,
    testError: null,
    validationError: null,
    imagesPerSecond: 1,
    communicationShare: null,
    signChanges: null,
    smallestPathValue: null,
  };
  const status = end ? "done" : "diverged";
  return {
    status,
    message: null,
    device: "",
    seconds: 0,
    finished: "",
    end,
    best: null,
    space: null,
  };
}

Deno.test("a search finds the best value for each arm in each group", () => {
  const searches = searchesOf(tuned, "smoke");
  assertEquals(searches.map(({ arm, axes, setting }) => [arm, axes.h, setting]), [
    ["sgd", "small", "lr"],
    ["sgd", "large", "lr"],
  ]);
  const [first] = searches[0]!.candidates;
  assertEquals(first!.points[0]!.settings, { optimizer: ["sgd"], epochs: 1, lr: 0.1, seed: 1 });
  // small: 0.3 is best; large: 1 is best of what did not diverge
  const loss = ({ axes, settings: { lr } }: RunPoint) =>
    axes.h === "small" ? Math.abs(Number(lr) - 0.3) : lr === 0.3 ? null : 1 / Number(lr);
  const choices = choose(searches, "trainLoss", (point) => resultWith(loss(point)));
  assertEquals(choices.map(({ value, edge }) => [value, edge]), [[0.3, false], [1, true]]);
  const points = pointsOf(tuned, "smoke", choices);
  const rates = points.map(({ arm, axes, settings: { lr, epochs } }) => [arm, axes.h, lr, epochs]);
  assertEquals(rates.slice(0, 4), [
    ["sgd", "small", 0.3, undefined],
    ["gsgd", "small", undefined, undefined],
    ["sgd", "large", 1, undefined],
    ["gsgd", "large", undefined, undefined],
  ]);
});

Deno.test("if every value of a search diverged, none is reported at the edge of the grid", () => {
  const choices = choose(searchesOf(tuned, "smoke"), "trainLoss", () => resultWith(null));
  assertEquals(choices.map(({ edge }) => edge), [false, false]);
});
