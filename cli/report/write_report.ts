import { writeFileAtomic } from "../../checkpoint/mod.ts";
import { FACTS_FILE, readRun, type RunFacts } from "./run_data.ts";
import { runPage, runPicture } from "./run_page.ts";

/** Writes what is said of a run as a whole, for its reports. */
export function writeFacts(path: string, facts: RunFacts): Promise<void> {
  return writeText(`${path}/${FACTS_FILE}`, `${JSON.stringify(facts, null, 2)}\n`);
}

/**
 * Draws what a run's folder holds: `report.html` and `curves.svg` in it. Resolves to the path of
 * the page.
 * @throws {DrawingError} if the drawing library cannot be loaded
 */
export async function writeRunReport(folder: string): Promise<string> {
  const run = await readRun(folder);
  const picture = await runPicture(run);
  if (picture !== null) await writeText(`${folder}/curves.svg`, picture);
  const path = `${folder}/report.html`;
  await writeText(path, await runPage(run));
  return path;
}

function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomic(path, new TextEncoder().encode(text));
}
