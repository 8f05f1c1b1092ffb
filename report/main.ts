/**
 * The command `deno task report`: a site of all results so far.
 * @module
 */
import { CommandError } from "../cli/errors.ts";
import { exitCodeOfOutput, print } from "../cli/output.ts";
import { reportError } from "../cli/report_error.ts";
import { type Entry, entryOf } from "./entry.ts";
import { findResults, type Found } from "./find.ts";
import { parseRequest, type Request } from "./flags.ts";
import { writeSite } from "./site.ts";

/** Runs the command with these arguments; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const isDebug = args.includes("--debug");
  try {
    const request = parseRequest(args);
    if (request.help) {
      print(help);
      return exitCodeOfOutput();
    }
    return await build(request, isDebug);
  } catch (error) {
    return reportError(error, isDebug);
  }
}

/** What cannot be read is named and left out; it takes nothing from the other results. */
async function build(request: Request, isDebug: boolean): Promise<number> {
  const entries = new Map<string, Entry>();
  let code = 0;
  for (const found of await findAll(request)) {
    try {
      entries.set(found.path, await entryOf(found));
    } catch (error) {
      code = reportError(error, isDebug);
    }
  }
  if (entries.size === 0) return code;
  const index = await writeSite(request.out, entries);
  print(`${entries.size} ${entries.size === 1 ? "result" : "results"}: ${index}`);
  return code === 0 ? exitCodeOfOutput() : code;
}

/** Where results are if nothing is told. */
const places = ["docs/results", "runs"];

async function findAll({ folders }: Request): Promise<readonly Found[]> {
  const told = folders.length > 0;
  const found: Found[] = [];
  for (const folder of told ? folders : places) {
    if (!told && !await exists(folder)) continue;
    const results = await findResults(folder);
    if (told && results.length === 0) {
      throw new CommandError(
        `Cannot report on ${folder}: there is no run and no reproduction in it: a run has ` +
          "config.json and metrics.jsonl, a reproduction summary.json",
      );
    }
    found.push(...results);
  }
  if (found.length > 0) return found;
  throw new CommandError(
    `Cannot report: there are no results in ${places.join(" and ")} yet: deno task train makes a ` +
      "run, deno task reproduce a reproduction",
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const help = `Shows all results so far as a site of pages, with the commands that made them.

  deno task report [--out FOLDER] [FOLDER…]

FOLDER…        where to look for runs and reproductions, also in folders below
               [${places.join(" and ")}]
--out FOLDER   gets index.html and a folder for each result [runs/site]
--debug        show where an error came from
-h, --help     show this

The pages need no server and no network: open index.html.

Exit codes: 0 done, 1 something could not be read (the rest is shown), 2 wrong flags,
3 done but standard output failed.
`;

if (import.meta.main) Deno.exit(await main(Deno.args));
