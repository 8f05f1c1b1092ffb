import { writeTexts } from "../../cli/files.ts";
import { openPage } from "../../cli/open_page.ts";
import { warn } from "../../cli/output.ts";
import { DrawingError, figureFile, type PageOptions } from "../../figures/mod.ts";
import { figuresOf } from "./figures.ts";
import { reproductionPage, stylesFor } from "./page.ts";
import { readSummary } from "./read_summary.ts";
import type { Summary } from "../summary.ts";

/**
 * Draws the summary in a folder: `report.html`, and an SVG file for each figure. Resolves to the
 * path of the page.
 * @throws {CommandError} if the summary is invalid
 * @throws {DrawingError} if the drawing library cannot be loaded
 */
export async function writeReproductionReport(folder: string): Promise<string> {
  await writeTexts(folder, await drawReproduction(await readSummary(`${folder}/summary.json`)));
  return `${folder}/report.html`;
}

/** The files that show a reproduction, by name: its figures, then its page. */
export async function drawReproduction(
  summary: Summary,
  options: PageOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const styles = stylesFor(summary);
  const files = new Map<string, string>();
  for (const figure of figuresOf(summary)) {
    files.set(`${figure.name}.svg`, await figureFile(figure, styles));
  }
  return files.set("report.html", await reproductionPage(summary, options));
}

/**
 * Like `writeReproductionReport`, but warns and resolves to `null` without the drawing library. With
 * `open`, the page is opened in a browser.
 */
export async function drawIfPossible(
  folder: string,
  { open }: { readonly open: boolean },
): Promise<string | null> {
  try {
    const page = await writeReproductionReport(folder);
    if (open) await openPage(page);
    return page;
  } catch (error) {
    if (!(error instanceof DrawingError)) throw error;
    warn(`${error.message}; draw the report later with deno task report ${folder}`);
    return null;
  }
}
