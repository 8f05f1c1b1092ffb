import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { loadExperiments } from "../../reproduce/catalog.ts";
import { pointsOf, type RunPoint, searchesOf } from "../../reproduce/expand.ts";
import type { Experiment } from "../../reproduce/experiment.ts";
import { parseRequest } from "../../reproduce/flags.ts";
import { configOf, pointName } from "../../reproduce/point_config.ts";
import { smallExperiment } from "./small_study.ts";

/** The name of a run with these settings. */
function nameOf(settings: RunPoint["settings"], ...flags: readonly string[]): string {
  const point = { arm: "sgd", axes: {}, seed: 3, tuned: {}, settings };
  return pointName(configOf(point, smallExperiment(), parseRequest([...flags])));
}

const settings = {
  model: "mlp:16-8-10",
  dataset: "synthetic",
  optimizer: ["sgd"],
  lr: { sgd: 0.1, gsgd: 0.2 },
  seed: 3,
};

Deno.test("a run's name depends only on settings that affect its result", () => {
  const name = nameOf(settings);
  assertMatch(name, /^mlp-16-8-10_synthetic_sgd_seed-3_[0-9a-f]{12}$/);
  const turned = { seed: 3, lr: { gsgd: 0.2, sgd: 0.1 }, optimizer: ["sgd"], dataset: "synthetic" };
  assertEquals(nameOf({ ...turned, model: "mlp:16-8-10" }), name, "the order of settings");
  assertEquals(nameOf({ ...settings, momentum: null }), name, "a default that is written out");
  assertEquals(nameOf(settings, "--data-dir=here", "--device=cpu"), name, "where it is done");
  for (const change of [{ epochs: 3 }, { lr: { sgd: 0.1, gsgd: 0.3 } }, { bias: true }]) {
    assertNotEquals(nameOf({ ...settings, ...change }), name, JSON.stringify(change));
  }
});

const experiments = await loadExperiments();
const study = (what: string) => experiments.find((one) => one.what === what)!;

/** The names of the final runs, and of those of the search. */
function namesOf(experiment: Experiment, choose: (point: RunPoint) => boolean = () => true) {
  const request = parseRequest([experiment.what]);
  const nameOf = (point: RunPoint) => pointName(configOf(point, experiment, request));
  const tried = searchesOf(experiment, "paper").flatMap(({ candidates }) =>
    candidates.flatMap(({ points }) => points)
  );
  return {
    tried: new Set(tried.filter(choose).map(nameOf)),
    final: new Set(pointsOf(experiment, "paper").filter(choose).map(nameOf)),
  };
}

Deno.test("runs shared by several figures have one name", () => {
  assertEquals(namesOf(study("fig9")).tried, namesOf(study("fig8")).tried);
  const isResNet34 = ({ axes }: RunPoint) => axes["network"] === "ResNet-34";
  const shared = namesOf(study("table5"), isResNet34).final;
  assertEquals(shared, namesOf(study("table1"), isResNet34).final);
  assertEquals(shared.size, 4 * 2 * 5);
});
