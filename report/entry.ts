import { readRun } from "../cli/report/run_data.ts";
import { drawRun } from "../cli/report/run_page.ts";
import type { PageOptions } from "../figures/mod.ts";
import { readSummary } from "../reproduce/page/read_summary.ts";
import { drawReproduction } from "../reproduce/page/write.ts";
import type { Found } from "./find.ts";
import { factsOf, type RunFacts } from "./run_facts.ts";

/** A result shown by the site. */
export type Entry = RunEntry | ReproductionEntry;

/** A run. */
export interface RunEntry extends EntryFiles {
  readonly kind: "run";
  readonly facts: RunFacts;
}

/** A reproduction of the paper. */
export interface ReproductionEntry extends EntryFiles {
  readonly kind: "reproduction";
  readonly title: string;
  /** Its scale, number of runs, and path. */
  readonly about: string;
  /** The main result as a sentence. */
  readonly finding: string;
  /** Command that reproduces it. */
  readonly command: string;
  /** Name of the file to show as a preview. */
  readonly picture: string | null;
}

/** What results of all kinds have. */
interface EntryFiles {
  /** Files to write, by name. The page is `report.html`. */
  readonly files: ReadonlyMap<string, string>;
}

/** The index of the site, from the page of a result. */
const toIndex: PageOptions = { index: { href: "../index.html", text: "All results" } };

/**
 * Reads a result and draws its figures.
 * @throws {CommandError} if a file is missing or invalid
 */
export function entryOf({ kind, path }: Found): Promise<Entry> {
  return kind === "run" ? runEntry(path) : reproductionEntry(path);
}

async function runEntry(path: string): Promise<RunEntry> {
  const run = await readRun(path);
  return { kind: "run", facts: factsOf(run), files: await drawRun(run, toIndex) };
}

async function reproductionEntry(path: string): Promise<ReproductionEntry> {
  const summary = await readSummary(`${path}/summary.json`);
  const files = await drawReproduction(summary, toIndex);
  const { done, total } = summary.points;
  const runs = done < total ? `${done} of ${total} runs done` : `${done} runs`;
  return {
    kind: "reproduction",
    title: summary.title,
    about: `Scale “${summary.scale}”, ${runs}. ${path}`,
    finding: summary.verdict[0] ?? "",
    command: summary.command,
    files,
    picture: [...files.keys()].find((name) => name.endsWith(".svg")) ?? null,
  };
}
