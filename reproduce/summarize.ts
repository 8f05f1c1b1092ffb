import manifest from "../deno.json" with { type: "json" };
import { comparisonsOf } from "./comparisons.ts";
import type { Choice } from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import { figureOf } from "./figures.ts";
import { armLabel, axesLabel, type Measured } from "./measured.ts";
import type { PointResult } from "./point_result.ts";
import type { Scale, Summary } from "./summary.ts";
import { settingLabel, tableOf } from "./tables.ts";
import { verdictOf } from "./verdict.ts";

/** The data of a summary. */
export interface Findings {
  readonly experiment: Experiment;
  readonly scale: Scale;
  readonly command: string;
  /** The final runs. */
  readonly measured: readonly Measured[];
  /** Results of all runs, including those of the hyperparameter search. */
  readonly results: readonly PointResult[];
  readonly choices: readonly Choice[];
  /** Number of all runs. */
  readonly total: number;
}

/** Computes tables, figures, tests, and sentences from the results so far. */
export function summarize(findings: Findings): Summary {
  const { experiment, scale, command, measured, results, choices, total } = findings;
  const { what, title, claim, source } = experiment;
  const points: Summary["points"] = {
    done: results.length,
    diverged: results.filter(({ status }) => status === "diverged").length,
    total,
  };
  const compared = comparisonsOf(experiment, measured);
  return {
    format: 1,
    what,
    title,
    claim,
    source,
    scale,
    differences: experiment.scales[scale].differences,
    command,
    environment: environmentOf(results),
    points,
    tables: experiment.tables.map((table) => tableOf(table, { experiment, scale, measured })),
    figures: experiment.figures.map((figure) => figureOf(figure, experiment, measured)),
    comparisons: compared.map(({ comparison }) => comparison),
    verdict: [
      ...verdictOf({ experiment, measured, compared, points }),
      ...edgeSentences(choices, experiment),
    ],
  };
}

/** Names the values chosen at the edge of a grid: better values may be outside of it. */
function edgeSentences(choices: readonly Choice[], experiment: Experiment): readonly string[] {
  const edges = choices.filter(({ edge }) => edge);
  if (edges.length === 0) return [];
  const named = edges.map(({ arm, axes, setting, value }) => {
    const where = axesLabel(experiment, axes);
    const what = `${armLabel(experiment, arm)} (${settingLabel(setting)} ${value})`;
    return where === "" ? what : `${where}: ${what}`;
  });
  return [
    "The best value is at the edge of the search grid, so a better one may be outside of it, for " +
    `${named.join("; ")}.`,
  ];
}

function environmentOf(results: readonly PointResult[]): Summary["environment"] {
  return {
    gspace: manifest.version,
    deno: Deno.version.deno,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    devices: [...new Set(results.map(({ device }) => device))],
    trainingSeconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    finished: results.map(({ finished }) => finished).toSorted().at(-1) ?? null,
  };
}
