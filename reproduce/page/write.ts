import { writeFileAtomic } from "../../checkpoint/mod.ts";
import { DrawingError, figureFile } from "../../figures/mod.ts";
import { figuresOf } from "./figures.ts";
import { reproductionPage, stylesFor } from "./page.ts";
import { readSummary } from "./read_summary.ts";

/**
 * Draws what the summary in a folder tells: `report.html`, and an SVG file for each figure.
 * Resolves to the path of the page.
 * @throws {CommandError} if the summary is not what it should be
 * @throws {DrawingError} if the drawing library cannot be loaded
 */
export async function writeReproductionReport(folder: string): Promise<string> {
  const summary = await readSummary(`${folder}/summary.json`);
  const styles = stylesFor(summary);
  for (const figure of figuresOf(summary)) {
    await writeText(`${folder}/${figure.name}.svg`, await figureFile(figure, styles));
  }
  const path = `${folder}/report.html`;
  await writeText(path, await reproductionPage(summary));
  return path;
}

/** The same, with a warning where the drawing library cannot be had: the results are whole. */
export async function drawIfPossible(folder: string): Promise<string | null> {
  try {
    return await writeReproductionReport(folder);
  } catch (error) {
    if (!(error instanceof DrawingError)) throw error;
    console.error(`warning: ${error.message}; deno task report ${folder} draws them later`);
    return null;
  }
}

function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomic(path, new TextEncoder().encode(text));
}
