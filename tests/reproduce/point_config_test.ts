import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type Config, incidental } from "../../cli/settings/config.ts";
import { loadExperiments } from "../../reproduce/catalog.ts";
import { pointsOf, type RunPoint, searchesOf, searchPoints } from "../../reproduce/expand.ts";
import { parseRequest } from "../../reproduce/flags.ts";
import { configOf, pointName } from "../../reproduce/point_config.ts";
import type { Scale } from "../../reproduce/summary.ts";
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

Deno.test("settings that are off do not count in a name, and those that are on do", () => {
  const config = configOf(
    { arm: "sgd", axes: {}, seed: 3, tuned: {}, settings },
    smallExperiment(),
    parseRequest([]),
  );
  const name = pointName(config);
  for (const [key, value] of Object.entries(config)) {
    if (value !== null && value !== false) continue;
    const { [key as keyof Config]: _, ...rest } = config;
    assertEquals(pointName(rest as Config), name, key);
    if (incidental.has(key)) continue;
    assertNotEquals(pointName({ ...config, [key]: value === false ? true : 7 }), name, key);
  }
  assertNotEquals(nameOf({ ...settings, shuffle: false }), name, "a default that is turned off");
});

const experiments = await loadExperiments();

/** The names of the final runs, and of those of the search. */
function namesOf(what: string, scale: Scale, choose: (point: RunPoint) => boolean = () => true) {
  const experiment = experiments.find((one) => one.what === what)!;
  const request = parseRequest([what]);
  const names = (points: readonly RunPoint[]) =>
    new Set(points.filter(choose).map((point) => pointName(configOf(point, experiment, request))));
  return {
    tried: names(searchPoints(searchesOf(experiment, scale))),
    final: names(pointsOf(experiment, scale)),
  };
}

Deno.test("runs shared by several figures have one name", () => {
  assertEquals(namesOf("fig9", "paper").tried, namesOf("fig8", "paper").tried);
  for (
    const [scale, network, seeds] of [["paper", "ResNet-34", 5], [
      "laptop",
      "ResNet-20",
      3,
    ]] as const
  ) {
    const isShared = ({ arm, axes, seed }: RunPoint) =>
      axes["network"] === network && !arm.startsWith("gsgd-") && (seed <= seeds || seed > 100);
    const shared = namesOf("table5", scale, isShared);
    assertEquals(shared, namesOf("table1", scale, isShared));
    assertEquals(shared.final.size, 4 * seeds * (scale === "paper" ? 2 : 1));
  }
});
