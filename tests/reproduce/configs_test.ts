import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseModel } from "../../cli/settings/model.ts";
import { UsageError } from "../../cli/errors.ts";
import { datasetNames } from "../../datasets/mod.ts";
import { checkExperiment, findExperiments, loadExperiments } from "../../reproduce/catalog.ts";
import { pointsOf, type RunPoint, searchesOf } from "../../reproduce/expand.ts";
import type { Experiment } from "../../reproduce/experiment.ts";
import { curveMetricOf } from "../../reproduce/figures.ts";
import { parseRequest } from "../../reproduce/flags.ts";
import { configOf } from "../../reproduce/point_config.ts";
import type { Scale } from "../../reproduce/summary.ts";
import { metricOf } from "../../reproduce/metrics.ts";

const experiments = await loadExperiments();
const scales: readonly Scale[] = ["smoke", "laptop", "paper"];

function allPoints(experiment: Experiment, scale: Scale): readonly RunPoint[] {
  const searched = searchesOf(experiment, scale).flatMap(({ candidates }) =>
    candidates.flatMap(({ points }) => points)
  );
  return [...searched, ...pointsOf(experiment, scale)];
}

for (const experiment of experiments) {
  const { what } = experiment;

  Deno.test(`${what}: every run has valid settings and a known model`, () => {
    for (const scale of scales) {
      const points = allPoints(experiment, scale);
      assert(points.length > 0);
      for (const point of points) {
        const config = configOf(point, experiment, parseRequest([what]));
        assert(config.model !== null && parseModel(config.model));
        assert(config.dataset !== null && datasetNames.includes(config.dataset));
      }
    }
  });

  Deno.test(`${what}: tables, figures, and tests name existing metrics, axes, and arms`, () => {
    const arms = new Set(experiment.arms.map(({ name }) => name));
    for (const scale of scales) {
      const points = pointsOf(experiment, scale);
      const axes = new Set(Object.keys(points[0]!.axes));
      const sides = experiment.comparisons.flatMap(({ a, b }) => [a, b]);
      for (const { arm, ...where } of sides) {
        assert(arm === undefined || arms.has(String(arm)), `arm ${arm}`);
        for (const axis of Object.keys(where)) assert(axes.has(axis), `axis ${axis}`);
      }
      for (const { panels } of experiment.figures) {
        for (const { x, y, split, lines } of panels) {
          if (x === "epoch") curveMetricOf(y);
          else assert(axes.has(x) && metricOf(y));
          // between the ends of epochs only the training numbers are known
          assert(lines === "epoch" || (x === "epoch" && y.startsWith("train")), `lines of ${y}`);
          assert(split === undefined || axes.has(split), `axis ${split}`);
        }
      }
      for (const { columns } of experiment.tables) {
        for (const { metric } of columns) metricOf(metric);
      }
      for (const { metrics } of experiment.comparisons) metrics.forEach(metricOf);
    }
    for (const { metric } of experiment.paper) metricOf(metric);
  });

  Deno.test(`${what}: every number of the paper has a counterpart at the paper's scale`, () => {
    const points = pointsOf(experiment, "paper");
    const metrics = new Set(
      experiment.tables.flatMap(({ columns }) => columns.map(({ metric }) => metric)),
    );
    for (const { where, metric } of experiment.paper) {
      const { arm, ...axes } = where;
      const found = points.some((point) =>
        (arm === undefined || point.arm === arm) &&
        Object.entries(axes).every(([name, value]) => point.axes[name] === value)
      );
      assert(found && metrics.has(metric), JSON.stringify({ where, metric }));
    }
  });

  Deno.test(`${what}: the smoke scale uses data included in Gspace`, () => {
    for (const { settings } of allPoints(experiment, "smoke")) {
      assert(["fashion-mnist-7x7", "digits"].includes(String(settings.dataset)));
    }
  });

  Deno.test(`${what}: smaller scales list their differences from the paper`, () => {
    assert(experiment.scales.smoke.differences.length > 0);
    assert(experiment.scales.laptop.differences.length > 0);
  });
}

// Timing and invariance do not compare accuracy.
for (const experiment of experiments.filter(({ verdict }) => verdict === "accuracy")) {
  Deno.test(`${experiment.what}: G-SGD is compared with SGD and with both controls of its initial weights`, () => {
    const names = experiment.arms.map(({ name }) => name);
    for (const name of ["sgd", "sgd-skeleton", "frozen-skeleton", "gsgd"]) {
      assert(names.includes(name), name);
    }
    const compared = experiment.comparisons.map(({ a, b }) => `${a.arm} ${b.arm}`);
    for (const pair of ["gsgd sgd-skeleton", "gsgd sgd", "sgd-skeleton sgd"]) {
      assert(compared.includes(pair), pair);
    }
  });
}

Deno.test("differences from the paper at its own scale are listed", () => {
  const said = (what: string) =>
    experiments.find((one) => one.what === what)!.scales.paper.differences.join(" ");
  assertStringIncludes(said("table5"), "16, 32, and 64 channels");
  assertStringIncludes(said("signs"), "Three widths");
  for (const what of ["fig8", "fig9"]) {
    for (const { differences } of Object.values(experiments.find((e) => e.what === what)!.scales)) {
      assertStringIncludes(differences.join(" "), "does not act on weights outside");
    }
  }
});

Deno.test("the README names every experiment", async () => {
  const text = await Deno.readTextFile(new URL("../../reproduce/README.md", import.meta.url));
  for (const { what } of experiments) assertStringIncludes(text, `| \`${what}\` `);
});

Deno.test("experiments are found by name or alias, each once", () => {
  const find = (...names: string[]) => findExperiments(names, experiments).map(({ what }) => what);
  assertEquals(find("fig4", "table6"), ["fig4"]);
  assertEquals(find("all").length, experiments.length);
  assertThrows(() => find("figg4"), UsageError, "did you mean fig4?");
});

Deno.test("a config with a mistake names the place", async () => {
  const text = await Deno.readTextFile(
    new URL("../../reproduce/configs/fig4.json", import.meta.url),
  );
  const broken = { ...JSON.parse(text), arms: [{ name: "sgd", setings: {} }] };
  assertThrows(() => checkExperiment(broken, "fig4.json"), UsageError, "fig4.json: arms.0");
  assertThrows(() => checkExperiment({ ...broken, arms: [] }, "fig4.json"), UsageError, "arms");
});
