/** An experiment that is made up, and results of its runs. */
import { pointsOf, type RunPoint } from "../../reproduce/expand.ts";
import { type Experiment, experimentSchema } from "../../reproduce/experiment.ts";
import type { Measured } from "../../reproduce/measured.ts";
import type { PointResult } from "../../reproduce/point_result.ts";
import type { CurveLine } from "../../reproduce/run_metrics.ts";
import { summarize } from "../../reproduce/summarize.ts";

export const spec = {
  differences: ["It is made up."],
  settings: {},
  seeds: [1, 2, 3],
  axes: { net: { Small: {}, Large: {} }, h: [8] },
  insteadOf: { Small: "PlainNet-34" },
};

export const scaleOf = (seeds: readonly number[]) => ({ ...spec, seeds });

export const experiment: Experiment = experimentSchema.parse({
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
export function lossOf({ arm, seed }: RunPoint): number {
  const base = arm === "sgd" ? 1 : arm === "sgd-skeleton" ? 0.8 : 0.7;
  return base + 0.1 * seed + (arm === "gsgd" ? 0.01 * (seed - 2) : 0);
}

export function resultOf(point: RunPoint): PointResult {
  const end = {
    step: 10,
    trainLoss: lossOf(point),
    trainError: 0.1,
    testLoss: 1,
    testError: 0.2 + 0.01 * point.seed,
    validationError: null,
    imagesPerSecond: point.arm === "gsgd" ? 90 : 100,
    communicationShare: null,
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

export function curveOf(point: RunPoint): CurveLine[] {
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
    communicationShare: null,
  }));
}

/** All runs done; `change` may remove or replace a result. */
export function summaryOf(
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

export const diverged = { status: "diverged", message: "inf", end: null } as const;
