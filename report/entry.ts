import { commandOf } from "../cli/report/run_command.ts";
import { readRun } from "../cli/report/run_data.ts";
import { drawRun, PICTURE } from "../cli/report/run_page.ts";
import { shortTable } from "../cli/report/run_tables.ts";
import { type PageOptions, type PageTable, type SeriesStyles, stylesOf } from "../figures/mod.ts";
import { readSummary } from "../reproduce/page/read_summary.ts";
import { drawReproduction } from "../reproduce/page/write.ts";
import type { Found } from "./find.ts";

/** A result shown by the site. */
export interface Entry {
  readonly kind: Found["kind"];
  readonly title: string;
  /** Short description: scale or dataset, and path. */
  readonly about: string;
  /** The main result, as a sentence or a table. */
  readonly finding: string | PageTable;
  readonly styles: SeriesStyles;
  /** Command that reproduces it. */
  readonly command: string;
  /** Files to write, by name. The page is `report.html`. */
  readonly files: ReadonlyMap<string, string>;
  /** Name of the file to show as a preview. */
  readonly picture: string | null;
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

async function runEntry(path: string): Promise<Entry> {
  const run = await readRun(path);
  const files = await drawRun(run, toIndex);
  return {
    kind: "run",
    title: run.title,
    about: [...run.facts.slice(0, 1), path].join(" "),
    finding: shortTable(run),
    styles: stylesOf(run.arms.map(({ name }) => name)),
    command: commandOf(path, run.config),
    files,
    picture: files.has(PICTURE) ? PICTURE : null,
  };
}

async function reproductionEntry(path: string): Promise<Entry> {
  const summary = await readSummary(`${path}/summary.json`);
  const files = await drawReproduction(summary, toIndex);
  const { done, total } = summary.points;
  const runs = done < total ? `${done} of ${total} runs done` : `${done} runs`;
  return {
    kind: "reproduction",
    title: summary.title,
    about: `Scale “${summary.scale}”, ${runs}. ${path}`,
    finding: summary.verdict[0] ?? "",
    styles: new Map(),
    command: summary.command,
    files,
    picture: [...files.keys()].find((name) => name.endsWith(".svg")) ?? null,
  };
}
