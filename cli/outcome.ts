import { formatReport } from "../optim/mod.ts";
import type { PathSpace } from "./path_space.ts";
import type { Job } from "./job.ts";
import type { EndMetric, Metric } from "./metrics.ts";
import { reportPage } from "./report/page.ts";
import { describeCounts, honestNote, resultTable } from "./results.ts";
import type { RunFolder } from "./run_folder.ts";

function pathSpaceIn({ arms }: Job): PathSpace | undefined {
  return arms.find(({ pathSpace }) => pathSpace)?.pathSpace;
}

/** Writes what G-SGD does with each weight, as JSON and as text. */
export async function writePathSpace({ arms }: Job, folder: RunFolder): Promise<void> {
  for (const { name, pathSpace } of arms) {
    if (!pathSpace) continue;
    const json = `${JSON.stringify(pathSpace.report, null, 2)}\n`;
    await folder.writeText(folder.armFile(name, "gsgd.json"), json);
    const text = `${formatReport(pathSpace.report)}\n`;
    await folder.writeText(folder.armFile(name, "gsgd.txt"), text);
  }
}

/** Writes `report.html`; resolves to its path. */
export async function writeReport(
  job: Job,
  folder: RunFolder,
  metrics: readonly Metric[],
): Promise<string> {
  const { config, model, dataset, backend, arms, steps, stepsPerEpoch } = job;
  const pathSpace = pathSpaceIn(job);
  const epochs = Number((steps / stepsPerEpoch).toFixed(2));
  const length = `${epochs} epochs of ${stepsPerEpoch} steps, batches of ${config.batch}`;
  const path = folder.file("report.html");
  const page = reportPage({
    title: `${model.name} on ${dataset.name}`,
    facts: [
      `${length}, seed ${config.seed}, on ${backend.description}. All optimizers see the same ` +
      "batches in the same order.",
      dataset.source,
    ],
    arms,
    metrics,
    note: pathSpace ? honestNote : "",
    ...(pathSpace && { gsgd: pathSpace.report }),
    config: JSON.stringify(config, null, 2),
  });
  await folder.writeText(path, page);
  return path;
}

/** What a finished run has to show. */
export interface Results {
  readonly ends: readonly EndMetric[];
  /** Path of the report. */
  readonly report: string;
}

/** Prints the table, what G-SGD did, and where the report lies; or all of it as JSON. */
export function printResults(job: Job, folder: RunFolder, { ends, report }: Results): void {
  const { config, arms, model, dataset, backend } = job;
  if (config.json) {
    const device = { backend: backend.name, description: backend.description };
    const result = {
      model: model.name,
      dataset: dataset.name,
      device,
      folder: folder.path,
      report,
    };
    console.log(JSON.stringify({ ...result, optimizers: ends }, null, 2));
    return;
  }
  console.log(`\n${resultTable(arms, ends)}\n`);
  const pathSpace = pathSpaceIn(job);
  if (pathSpace && !config.quiet) {
    console.log(`What G-SGD does with each weight:\n${shortReport(pathSpace, folder)}\n`);
    for (const { gsgd } of ends) if (gsgd) console.log(`${describeCounts(gsgd)}\n`);
  }
  if (pathSpace) console.log(`${honestNote}\n`);
  console.log(`Curves and settings: ${report}`);
}

/** Rows of a table that still fit on a screen with what comes after it. */
const MOST_ROWS = 24;

/** The report, or where it stands and its sums if the model has many weights. */
function shortReport({ report }: PathSpace, folder: RunFolder): string {
  const text = formatReport(report);
  if (report.parameters.length <= MOST_ROWS) return text;
  const file = folder.armFile("gsgd", "gsgd.txt");
  return `${report.parameters.length} parameters, listed in ${file}${
    text.slice(text.indexOf("\n\n"))
  }`;
}
