import { writeFileAtomic } from "../../checkpoint/mod.ts";
import { FACTS_FILE, readRun, type RunFacts } from "./run_data.ts";
import { drawRun } from "./run_page.ts";

/** Writes the facts about a run as a whole, for its reports. */
export function writeFacts(path: string, facts: RunFacts): Promise<void> {
  return writeText(`${path}/${FACTS_FILE}`, `${JSON.stringify(facts, null, 2)}\n`);
}

/**
 * Draws `report.html` and `curves.svg` into the folder of a run. Resolves to the path of the page.
 * @throws {DrawingError} if the drawing library cannot be loaded
 */
export async function writeRunReport(folder: string): Promise<string> {
  const run = await readRun(folder);
  for (const [name, text] of await drawRun(run)) await writeText(`${folder}/${name}`, text);
  return `${folder}/report.html`;
}

function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomic(path, new TextEncoder().encode(text));
}
