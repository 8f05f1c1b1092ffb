import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../cli/errors.ts";
import { nearestName } from "../graph/nearest_name.ts";

/** What the command line asks for. */
export interface Request {
  /** Where results are looked for; empty if nothing was told. */
  readonly folders: readonly string[];
  /** Folder of the site. */
  readonly out: string;
  readonly help: boolean;
}

const flags = ["out", "help", "debug"];

/**
 * Reads the command line.
 * @throws {UsageError} if a flag is unknown, or --out has no value
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
    throw new UsageError("Cannot use --out: it needs one folder after it");
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
