/** A study of small runs, in this process or in a process of its own. */
import { main } from "../../reproduce/main.ts";
import { type Experiment, experimentSchema } from "../../reproduce/experiment.ts";
import { parseRequest } from "../../reproduce/flags.ts";
import { openStudy } from "../../reproduce/study.ts";

/** Settings of runs that take about a second, with some checkpoints. */
const settings = {
  dataset: "synthetic",
  model: "mlp:16-{h}-10",
  limit: 200,
  batch: 32,
  steps: 6000,
  checkpointEvery: 1000,
  lr: 0.05,
};

/** Two optimizers with two seeds; `more` replaces parts of the scale. */
export function smallExperiment(more: Readonly<Record<string, unknown>> = {}): Experiment {
  const scale = { differences: ["None."], settings, seeds: [1, 2], axes: { h: [4] }, ...more };
  return experimentSchema.parse({
    what: "small",
    title: "A small study",
    claim: "None.",
    source: "Nowhere",
    arms: [{ name: "sgd" }, { name: "gsgd" }],
    tables: [{ title: "Losses", columns: [{ metric: "trainLoss" }, { metric: "testError" }] }],
    figures: [{
      name: "losses",
      title: "Losses",
      caption: "",
      columns: 1,
      panels: [{ title: "", x: "h", y: "trainLoss" }],
    }],
    comparisons: [{ a: "gsgd", b: "sgd", metrics: ["trainLoss"] }],
    scales: { smoke: scale, laptop: scale, paper: scale },
  });
}

/** The same with other settings of the runs. */
export function withSettings(more: Readonly<Record<string, unknown>>): Experiment {
  return smallExperiment({ settings: { ...settings, ...more } });
}

/** A study with a search: 4 runs to choose rates, and 4 with the best. */
export function tuned(): Experiment {
  const grid = { sgd: { lr: [0.05, 0.2] }, gsgd: { lr: [0.05, 0.2] } };
  const tune = { by: "validationError", seeds: [9], settings: { validation: 50 }, grid };
  const { settings: shorter } = withSettings({ steps: 150 }).scales.smoke;
  return smallExperiment({ settings: shorter, tune });
}

/** The small study with shorter runs, and with as many checkpoints. */
export function brief(): Experiment {
  return { ...withSettings({ steps: 3000, checkpointEvery: 200 }), what: "brief" };
}

/** Does a study in this process, with more flags. */
export async function study(
  experiment: Experiment,
  out: string,
  ...flags: readonly string[]
): Promise<void> {
  const request = parseRequest([
    "--scale=smoke",
    "--device=cpu",
    "--jobs=2",
    "--out",
    out,
    ...flags,
  ]);
  using study = await openStudy(experiment, request);
  await study.run(new AbortController().signal);
}

if (import.meta.main) {
  const experiments = [smallExperiment(), brief(), { ...tuned(), what: "tuned" }];
  Deno.exit(await main(Deno.args, experiments));
}
