/**
 * The command `deno task report`: builds a site of all results.
 * @module
 */
import { trimSlashes } from "../checkpoint/trim_slashes.ts";
import { CommandError } from "../cli/errors.ts";
import { common } from "../cli/flags/common.ts";
import { parseFlags } from "../cli/flags/parse_flags.ts";
import type { CommandHelp } from "../cli/flags/help.ts";
import { setting, toggle } from "../cli/flags/setting.ts";
import { folder } from "../cli/flags/values.ts";
import { counted } from "../graph/counted.ts";
import { openPage } from "../cli/open_page.ts";
import { exitCodeOfOutput, print } from "../cli/output.ts";
import { reportError } from "../cli/report_error.ts";
import { runCommand } from "../cli/run_command.ts";
import { type Entry, entryOf } from "./entry.ts";
import { findResults, type Found } from "./find.ts";
import { writeSite } from "./site.ts";

const settings = {
  out: setting(folder.default("runs/site"))`folder for index.html and one folder per result`,
  open: toggle`open the site in a browser`,
  ...common,
};

/** Runs the command and resolves to its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runCommand(args, {
    help: () => reportHelp,
    run() {
      const { values: { out, open, debug = false }, rest } = parseFlags(settings, args, {
        positional: true,
      });
      return build({ folders: rest.map(trimSlashes), out: trimSlashes(out), open }, debug);
    },
  });
}

/** What to build. */
interface Request {
  /** Folders to search for results; empty if none are given. */
  readonly folders: readonly string[];
  /** Folder to write the site to. */
  readonly out: string;
  /** Whether to open it in a browser. */
  readonly open: boolean;
}

/** Builds the site. Results that cannot be read are reported and skipped. */
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
  print(`${counted(entries.size, "result")}: ${index}`);
  if (request.open) await openPage(index);
  return code === 0 ? exitCodeOfOutput() : code;
}

/** Default folders to search for results. */
const places = ["docs/results", "runs"];

async function findAll({ folders }: Request): Promise<readonly Found[]> {
  const isGiven = folders.length > 0;
  const found: Found[] = [];
  for (const folder of isGiven ? folders : places) {
    if (!isGiven && !await exists(folder)) continue;
    const results = await findResults(folder);
    if (isGiven && results.length === 0) {
      throw new CommandError(
        `Cannot report on ${folder}: it contains no results: a run has config.json and ` +
          "metrics.jsonl, and a reproduction has summary.json",
      );
    }
    found.push(...results);
  }
  if (found.length > 0) return found;
  throw new CommandError(
    `Cannot report: there are no results in ${places.join(" or ")} yet: create some with ` +
      "deno task train or deno task reproduce",
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

/** What `report --help` says. */
export const reportHelp: CommandHelp = {
  about: ["Builds a static site of all results, with the commands that produced them."],
  usage: ["deno task report [flags] [FOLDER…]"],
  operands: {
    title: "Folders",
    rows: [[
      "FOLDER…",
      `folders to search recursively for runs and reproductions [${places.join(" and ")}]`,
    ]],
  },
  groups: [{ title: "Flags", settings }],
  notes: ["The pages need neither a server nor a network: open index.html in a browser."],
  exitCodes:
    "0 success, 1 some results could not be read (the others are shown), 2 invalid flags, " +
    "3 success, but writing to standard output failed.",
};

if (import.meta.main) Deno.exit(await main(Deno.args));
