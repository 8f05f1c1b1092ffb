import { writeFileAtomic } from "../../checkpoint/mod.ts";
import { note } from "../../cli/output.ts";
import { DrawingError, figureFile } from "../../figures/mod.ts";
import { figuresOf } from "./figures.ts";
import { reproductionPage, stylesFor } from "./page.ts";
import { readSummary } from "./read_summary.ts";
import type { Summary } from "../summary.ts";

/**
 * Draws what the summary in a folder tells: `report.html`, and an SVG file for each figure.
 * Resolves to the path of the page.
 * @throws {CommandError} if the summary is not what it should be
 * @throws {DrawingError} if the drawing library cannot be loaded
 */
export async function writeReproductionReport(folder: string): Promise<string> {
  const files = await drawReproduction(await readSummary(`${folder}/summary.json`));
  for (const [name, text] of files) {
    await writeFileAtomic(`${folder}/${name}`, new TextEncoder().encode(text));
  }
  return `${folder}/report.html`;
}

/** The files that show a reproduction, by name: its figures, then its page. */
export async function drawReproduction(summary: Summary): Promise<ReadonlyMap<string, string>> {
  const styles = stylesFor(summary);
  const files = new Map<string, string>();
  for (const figure of figuresOf(summary)) {
    files.set(`${figure.name}.svg`, await figureFile(figure, styles));
  }
  return files.set("report.html", await reproductionPage(summary));
}

/** The same, with a warning where the drawing library cannot be had: the results are whole. */
export async function drawIfPossible(folder: string): Promise<string | null> {
  try {
    return await writeReproductionReport(folder);
  } catch (error) {
    if (!(error instanceof DrawingError)) throw error;
    note(`warning: ${error.message}; deno task report ${folder} draws them later`);
    return null;
  }
}
