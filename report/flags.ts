import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../cli/errors.ts";
import { nearestName } from "../graph/nearest_name.ts";

/** The parsed command line. */
export interface Request {
  /** Folders to search for results; empty if none are given. */
  readonly folders: readonly string[];
  /** Folder to write the site to. */
  readonly out: string;
  readonly help: boolean;
}

const flags = ["out", "help", "debug"];

/**
 * Parses the command line.
 * @throws {UsageError} if a flag is unknown or --out has no value
 */
export function parseRequest(args: readonly string[]): Request {
  const parsed: Record<string, unknown> = parseArgs([...args], {
    string: ["out"],
    boolean: ["help", "debug"],
    alias: { h: "help" },
    unknown: (arg: string, key?: string) => key === undefined || refuse(arg, key),
  });
  const { out } = parsed;
  if (out !== undefined && (typeof out !== "string" || out === "")) {
    throw new UsageError("Cannot use --out: it requires one folder, as in --out runs/site");
  }
  return {
    folders: Array.isArray(parsed._) ? parsed._.map((name) => trimmed(String(name))) : [],
    out: trimmed(out ?? "runs/site"),
    help: parsed.help === true,
  };
}

function trimmed(path: string): string {
  return path.replace(/(.)[\\/]+$/, "$1");
}

function refuse(arg: string, key: string): never {
  const name = key.replace(/=$/, "");
  const nearest = nearestName(name, flags);
  const advice = nearest === undefined ? "see --help" : `did you mean --${nearest}?`;
  throw new UsageError(`Cannot use ${arg}: there is no such flag: ${advice}`);
}
