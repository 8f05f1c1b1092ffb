import {
  figureFile,
  figureSection,
  type Html,
  markup,
  page,
  type PageOptions,
  type SeriesStyles,
  stylesOf,
  tableCard,
} from "../../figures/mod.ts";
import { writeTexts } from "../files.ts";
import { listed, orDash, percent } from "../format.ts";
import { attribution } from "../results/attribution.ts";
import { describeCounts } from "../results/results.ts";
import { distributionFigure, gradientNormFigure } from "./layers_figure.ts";
import { commandOf } from "./run_command.ts";
import { readRun, type RunData } from "./run_data.ts";
import { skeletonFigure } from "./skeleton_figure.ts";
import { samplesOf } from "./run_samples.ts";
import { confusionFigure, curvesOf, pictureOf } from "./run_figures.ts";
import { ratioFigure } from "./ratio_figure.ts";
import { weightsFigure } from "./weights_figure.ts";
import {
  classTable,
  pathSgdNote,
  pathSgdTable,
  resultsTable,
  weightsNote,
  weightsTable,
} from "./run_tables.ts";

/** The name of the picture in a run's folder. */
export const PICTURE = "curves.svg";

/** The files that show a run, by name: its report, and its picture once it has curves. */
export async function drawRun(
  run: RunData,
  options: PageOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const picture = await runPicture(run);
  const pictures: [string, string][] = picture === null ? [] : [[PICTURE, picture]];
  return new Map([...pictures, ["report.html", await runPage(run, options)]]);
}

/**
 * Draws `report.html` and `curves.svg` into the folder of a run. Resolves to the path of the page.
 * @throws {DrawingError} if the drawing library cannot be loaded
 */
export async function writeRunReport(folder: string): Promise<string> {
  await writeTexts(folder, await drawRun(await readRun(folder)));
  return `${folder}/report.html`;
}

/** The report of a run as one HTML file: the finding and the curves, then everything else. */
async function runPage(run: RunData, options: PageOptions): Promise<string> {
  const styles = stylesFor(run);
  const curves = curvesOf(run);
  const others = [
    ratioFigure(run),
    gradientNormFigure(run),
    distributionFigure(run),
    weightsFigure(run.weights),
  ].filter((figure) => figure !== null);
  const content = markup`<p class="lead">${findingOf(run)}</p>
${
    [...run.facts, startOf(run).join(" ")].filter((fact) => fact !== "")
      .map((fact) => markup`<p class="soft">${fact}</p>\n`)
  }
${curves.panels.length === 0 ? null : await figureSection(curves, styles, { heading: "h2" })}
<h2>Result</h2>
${tableCard(resultsTable(run), styles)}
${attribution(run.arms, run.ends).map((sentence) => markup`<p class="soft">${sentence}</p>\n`)}
${await confusionOf(run, styles)}
${samplesOf(run)}
${await gsgdOf(run)}
${pathSgdOf(run)}
${others.length === 0 ? null : markup`<h2>More figures</h2>`}
${await Promise.all(others.map((figure) => figureSection(figure, styles)))}
<h2>Settings</h2>
<p>Run it again: <code class="command">${commandOf(run.path, run.config, run.ranks)}</code></p>
<details><summary>All settings</summary>
<div class="card"><pre>${JSON.stringify(run.config, null, 2)}</pre></div></details>`;
  return page(run.title, content, options);
}

/** The errors of the final weights in a sentence, or the losses if there is no test split. */
function findingOf({ arms, ends }: RunData): string {
  const known = arms.flatMap(({ name }) => ends.findLast(({ arm }) => arm === name) ?? []);
  if (known.length < arms.length || known.length === 0) return "The run is not finished.";
  const isTested = known.every(({ testError }) => testError !== null);
  const values = known.map(({ arm, testError, trainLoss }) => {
    const value = isTested
      ? orDash(testError, percent)
      : orDash(trainLoss, (loss) => loss.toFixed(4));
    return `${value} with ${arm}`;
  });
  const what = isTested ? "test error" : "training loss";
  return `The ${what} of the final weights is ${listed(values)}.`;
}

/** When the run was started, and its learning rates. */
function startOf({ started, config: { lr } }: RunData): readonly string[] {
  const date = started?.replace(/T(\d\d:\d\d).*/, " $1");
  const rates = Object.entries(lr ?? {}).map(([arm, rate]) => `${arm} ${rate}`);
  return [
    ...(date === undefined ? [] : [`Started ${date} UTC.`]),
    ...(typeof lr === "number" ? [`Learning rate ${lr}.`] : []),
    ...(rates.length === 0 ? [] : [`Learning rates: ${listed(rates)}.`]),
  ];
}

/** Training loss and test error of the run as an SVG file; `null` before the first lines. */
export async function runPicture(run: RunData): Promise<string | null> {
  const picture = pictureOf(run);
  return picture.panels.length === 0 ? null : await figureFile(picture, stylesFor(run));
}

/** The styles of the run's arms and of everything else in its figures. */
function stylesFor(run: RunData): SeriesStyles {
  return stylesOf(run.arms.map(({ name }) => name), [curvesOf(run)]);
}

async function confusionOf(run: RunData, styles: SeriesStyles): Promise<Html | null> {
  const figure = confusionFigure(run);
  const table = classTable(run);
  if (!figure && !table) return null;
  return markup`<h2>Classes</h2>
${table && tableCard(table)}
${figure && await figureSection(figure, styles)}`;
}

async function gsgdOf({ gsgd, skeletons, ends }: RunData): Promise<Html | null> {
  if (gsgd.size === 0) return null;
  const parts = [...gsgd].map(async ([arm, report]) => {
    const counts = ends.flatMap((end) => end.arm === arm && end.gsgd ? [end.gsgd] : []);
    const figure = skeletonFigure(skeletons.get(arm) ?? [], report, arm);
    return markup`${gsgd.size > 1 ? markup`<h3>${arm}</h3>` : null}${
      figure && await figureSection(figure, stylesOf([]))
    }
${tableCard(weightsTable(report))}
${weightsNote(report)}
${counts.map((count) => markup`<p class="soft">${describeCounts(count)}</p>\n`)}`;
  });
  return markup`<h2>How G-SGD treats each weight</h2>
${await Promise.all(parts)}`;
}

/** Optimizers with equal reports, such as those that differ in initial weights, share a table. */
function pathSgdOf({ pathSgd }: RunData): Html | null {
  if (pathSgd.size === 0) return null;
  const groups = Map.groupBy(pathSgd, ([, report]) => JSON.stringify(report));
  const parts = [...groups.values()].map((group) => {
    const report = group[0]![1];
    return markup`<h3>${listed(group.map(([arm]) => arm))}</h3>
${tableCard(pathSgdTable(report))}
${pathSgdNote(report)}`;
  });
  return markup`<h2>How Path-SGD treats each weight</h2>
${parts}`;
}
