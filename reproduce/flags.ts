import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../cli/errors.ts";
import { nearestName } from "../graph/nearest_name.ts";
import type { Scale } from "./summary.ts";

/** What the command line asks for. */
export interface Request {
  /** Names of tables and figures; empty if none was told. */
  readonly names: readonly string[];
  readonly scale: Scale;
  /** Folder that gets a folder for each table or figure. */
  readonly out: string;
  /** Runs at a time; decided by the device if `undefined`. */
  readonly jobs: number | undefined;
  readonly device: "auto" | "gpu" | "cpu";
  readonly dataDir: string | undefined;
  readonly cacheDir: string | undefined;
  readonly allowUnverified: boolean;
  readonly help: boolean;
  readonly debug: boolean;
}

const scales: readonly Scale[] = ["smoke", "laptop", "paper"];
const devices = ["auto", "gpu", "cpu"] as const;
const texts = ["scale", "out", "jobs", "device", "data-dir", "cache-dir"];
const switches = ["allow-unverified", "help", "debug"];

/**
 * Reads the command line.
 * @throws {UsageError} if a flag is unknown or has a value that it cannot have
 */
export function parseRequest(args: readonly string[]): Request {
  const parsed: Record<string, unknown> = parseArgs([...args], {
    string: texts,
    boolean: switches,
    alias: { h: "help" },
    unknown: (arg: string, key?: string) => key === undefined || refuse(arg, key),
  });
  const told = (name: string) => textOf(name, parsed[name]);
  return {
    names: namesOf(parsed._),
    scale: oneOf("scale", told("scale") ?? "laptop", scales),
    out: told("out")?.replace(/(.)[\\/]+$/, "$1") ?? "runs/reproduce",
    jobs: jobsOf(told("jobs")),
    device: oneOf("device", told("device") ?? "auto", devices),
    dataDir: told("data-dir"),
    cacheDir: told("cache-dir"),
    allowUnverified: parsed["allow-unverified"] === true,
    help: parsed.help === true,
    debug: parsed.debug === true,
  };
}

function namesOf(rest: unknown): readonly string[] {
  return Array.isArray(rest) ? rest.map(String) : [];
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "") return value;
  throw new UsageError(`Cannot use --${name}: it needs one value after it`);
}

function jobsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(
    `Cannot use --jobs ${text}: it must be a positive whole number: current value is ${text}`,
  );
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  const nearest = nearestName(value, allowed);
  throw new UsageError(
    `Cannot use --${flag} ${value}: it must be one of ${allowed.join(", ")}` +
      (nearest === undefined ? "" : `: did you mean ${nearest}?`),
  );
}

function refuse(arg: string, key: string): never {
  const name = key.replace(/=$/, "");
  const flags = [...texts, ...switches];
  if (flags.includes(name)) throw new UsageError(`Cannot use --${name}: it needs a value`);
  const nearest = nearestName(name, flags);
  throw new UsageError(
    `Cannot use ${arg}: there is no such flag: ` +
      (nearest === undefined ? "see --help" : `did you mean --${nearest}?`),
  );
}
