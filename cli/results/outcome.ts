import { escapeControls, escapeName } from "../../checkpoint/mod.ts";
import { DrawingError } from "../../figures/mod.ts";
import { formatPathSgdReport, formatReport } from "../../optim/mod.ts";
import { skeletonLayers } from "../../optim/gsgd/report/skeleton_layers.ts";
import type { ArmRun } from "../training/arm_run.ts";
import { type Confusion, confusionOf, MOST_CLASSES, perClassTable } from "./confusion.ts";
import type { PathSpace } from "../training/path_space.ts";
import { lostOutput, print, warn } from "../output.ts";
import type { Job } from "../training/job.ts";
import type { EndMetric } from "../../metrics/mod.ts";
import { objectiveNote } from "../training/objective.ts";
import { describeDevices } from "../ranks/describe_ranks.ts";
import { writeRunReport } from "../report/run_page.ts";
import { readText, writeJson, writeText } from "../files.ts";
import { listed } from "../format.ts";
import { attribution } from "./attribution.ts";
import { heading, joined, plain, prose, type Styled } from "../styled.ts";
import { describeCounts, planLines, reportText, resultTable } from "./results.ts";
import type { RunFolder } from "./run_folder.ts";
import {
  readRunSummary,
  RUN_FILE,
  RUN_FORMAT,
  type RunDataset,
  type RunSummary,
} from "./run_summary.ts";

/** Writes how G-SGD and Path-SGD treat each weight, as JSON and as text. */
export async function writePathSpace({ arms }: Job, folder: RunFolder): Promise<void> {
  for (const { name, pathSpace, pathSgd } of arms) {
    const write = async (file: string, report: object, text: string) => {
      await writeJson(folder.armFile(name, `${file}.json`), report);
      await writeText(folder.armFile(name, `${file}.txt`), `${text}\n`);
    };
    if (pathSpace) {
      await write("gsgd", pathSpace.report, formatReport(pathSpace.report));
      const layers = JSON.stringify(skeletonLayers(pathSpace.plan.skeleton));
      await writeText(folder.armFile(name, "skeleton.json"), `${layers}\n`);
    }
    if (pathSgd) await write("path-sgd", pathSgd, formatPathSgdReport(pathSgd));
  }
}

/**
 * The confusion matrix of each arm after training, by optimizer. Empty without a test split, or
 * with more than `MOST_CLASSES` classes.
 */
export async function confusionsIn(
  runs: readonly ArmRun[],
  { dataset }: Job,
): Promise<ReadonlyMap<string, Confusion>> {
  const confusions = new Map<string, Confusion>();
  if (dataset.classes > MOST_CLASSES) return confusions;
  for (const run of runs) {
    const score = await run.scores.on("test", run.step);
    if (!score) continue;
    const confusion = confusionOf(dataset, dataset.test.y, score.predictions);
    confusions.set(run.arm.name, confusion);
  }
  return confusions;
}

/** Writes confusion matrices, one file for each optimizer. */
export async function writeConfusions(
  confusions: ReadonlyMap<string, Confusion>,
  folder: RunFolder,
): Promise<void> {
  for (const [arm, confusion] of confusions) {
    await writeText(folder.armFile(arm, "confusion.json"), `${JSON.stringify(confusion)}\n`);
  }
}

/** Writes `run.json`: what the reports show of the run as a whole. */
export async function writeRunSummary(job: Job, folder: RunFolder): Promise<void> {
  const { config, model, dataset, arms, steps, stepsPerEpoch, ranks } = job;
  const epochs = Number((steps / stepsPerEpoch).toFixed(2));
  const length = `${epochs} epochs of ${stepsPerEpoch} steps, batches of ${config.batch}`;
  const note = objectiveNote(config);
  const counts = {
    train: dataset.train.count,
    validation: job.validation?.count ?? 0,
    test: dataset.test.count,
  };
  const started = await startOf(folder);
  const summary: RunSummary = {
    format: RUN_FORMAT,
    title: `${config.name === null ? "" : `${config.name}: `}${model.name} on ${dataset.name}`,
    facts: [
      `${length}, seed ${config.seed}, on ${describeDevices(job)}.`,
      ...(note === undefined ? [] : [note]),
      `${dataset.source}: ${describeSplits(counts)}.`,
    ],
    ...(started !== undefined && { started }),
    ...(ranks.size > 1 && { ranks: ranks.size }),
    arms: arms.map(({ name, initialWeights }) => ({ name, initialWeights })),
    data: {
      ...{ name: dataset.name, classes: dataset.classes, classNames: [...dataset.classNames] },
      ...{ sampleShape: [...dataset.sampleShape], counts, source: dataset.source },
    },
  };
  await writeJson(folder.file(RUN_FILE), summary);
}

/** When the run in a folder was started: now, unless it is resumed. */
async function startOf(folder: RunFolder): Promise<string | undefined> {
  const before = await readText(folder.file(RUN_FILE));
  if (before === undefined) return new Date().toISOString();
  return (await readRunSummary(folder.path, "resume")).started;
}

/** "800 training, 100 validation, and 100 test samples"; splits without samples are left out. */
function describeSplits({ train, validation, test }: RunDataset["counts"]): string {
  const splits = Object.entries({ training: train, validation, test });
  return `${
    listed(splits.flatMap(([name, count]) => count > 0 ? [`${count} ${name}`] : []))
  } samples`;
}

/**
 * Draws the report and resolves to its path. Without the drawing library, the results are still
 * complete, and a warning says how to draw them later.
 */
export async function writeReport(folder: RunFolder): Promise<string | null> {
  try {
    return await writeRunReport(folder.path);
  } catch (error) {
    if (!(error instanceof DrawingError)) throw error;
    warn(
      `${error.message}; the results are complete: draw them with deno task report ${folder.path}`,
    );
    return null;
  }
}

/** The results of a finished run. */
export interface Results {
  readonly ends: readonly EndMetric[];
  /** By optimizer. */
  readonly confusions: ReadonlyMap<string, Confusion>;
  /** Path of the report; `null` if it could not be drawn. */
  readonly report: string | null;
}

/** Prints the results table, G-SGD's report, and the path of the page; or everything as JSON. */
export function printResults(job: Job, folder: RunFolder, results: Results): void {
  const { ends, confusions, report } = results;
  const { config, model, dataset, backend, ranks: { size: ranks } } = job;
  if (config.json) {
    const device = { backend: backend.name, description: backend.description, ranks };
    const result = {
      ...(config.name !== null && { name: config.name }),
      ...{ model: model.name, dataset: dataset.name, device, folder: folder.path, report },
      optimizers: ends,
      ...(config.perClass && { testErrorByClass: errorsByClass(confusions) }),
    };
    return print(JSON.stringify(result, null, 2));
  }
  print(resultText(job, folder, { ...results, isBrief: config.quiet }));
}

/** Writes the printed results to `results.txt`, and whether some output was lost. */
export async function writeResults(job: Job, folder: RunFolder, results: Results): Promise<void> {
  const text = resultText(job, folder, { ...results, isBrief: false });
  const lost = lostOutput();
  const lines = [plain(text).trim(), ...(lost === undefined ? [] : [lost])];
  await writeText(folder.file("results.txt"), escapeControls(`${lines.join("\n\n")}\n`));
}

function resultText(
  job: Job,
  folder: RunFolder,
  { ends, confusions, report, isBrief }: Results & { readonly isBrief: boolean },
): Styled {
  const { config, arms } = job;
  const pathSpace = arms.find(({ pathSpace }) => pathSpace)?.pathSpace;
  const parts: Styled[] = [joined(["", resultTable(arms, ends)], "\n")];
  if (!isBrief) parts.push([prose(planLines(ends).join("\n"))]);
  if (config.perClass) parts.push(perClassText(job, confusions));
  for (const { name, pathSgd } of isBrief ? [] : arms) {
    if (pathSgd) parts.push([heading(`${name}: `), prose(formatPathSgdReport(pathSgd))]);
  }
  if (pathSpace && !isBrief) {
    const title = [heading("How G-SGD treats each weight:")];
    parts.push(joined([title, shortReport(pathSpace, folder)], "\n"));
    for (const { gsgd } of ends) if (gsgd) parts.push([prose(describeCounts(gsgd))]);
  }
  parts.push([prose(attribution(arms, ends).join("\n"))]);
  if (report !== null) parts.push([prose(`Curves and settings: ${escapeName(report)}`)]);
  return joined(parts.filter((part) => plain(part) !== ""), "\n\n");
}

function perClassText({ test }: Job, confusions: ReadonlyMap<string, Confusion>): Styled {
  if (confusions.size > 0) return perClassTable(confusions);
  const reason = test ? `there are more than ${MOST_CLASSES} classes` : "there is no test split";
  return `No test error by class: ${reason}.`;
}

function errorsByClass(confusions: ReadonlyMap<string, Confusion>) {
  return Object.fromEntries(
    [...confusions].map(([arm, { classes, perClassError }]) =>
      [arm, Object.fromEntries(classes.map((name, i) => [name, perClassError[i]]))] as const
    ),
  );
}

/** Number of table rows that fit on a screen together with what follows. */
const MOST_ROWS = 24;

/** The report, or its path and totals if the model has many weights. */
function shortReport({ report }: PathSpace, folder: RunFolder): Styled {
  const file = folder.armFile("gsgd", "gsgd.txt");
  const { length } = report.parameters;
  return length <= MOST_ROWS
    ? reportText(report)
    : reportText(report, `${length} parameters, listed in ${file}`);
}
