import { parseArgs } from "@std/cli/parse-args";
import { nearestName } from "../../graph/nearest_name.ts";
import { UsageError } from "../errors.ts";
import { flagOf, type Setting, settings } from "./settings.ts";

/** Flags that are no settings of a run. */
const extras = {
  text: ["config", "resume", "from"],
  switches: ["help", "debug"],
} as const;

/** What people used to other tools may type. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["learning-rate", "lr"],
  ["batch-size", "batch"],
  ["optim", "optimizer"],
  ["output", "out"],
  ["data", "dataset"],
  ["max-steps", "steps"],
  ["wd", "weight-decay"],
  ["gpu", "device"],
  ["cpu", "device"],
]);

/** The command line, read but not yet checked. */
export interface Flags {
  /** Settings that were told, by name. */
  readonly settings: ReadonlyMap<string, unknown>;
  readonly config?: string;
  readonly resume?: string;
  /** Number of steps after which the checkpoint to resume from was written. */
  readonly from?: number;
}

/**
 * Reads the flags of a command.
 * @throws {UsageError} if a flag is unknown, or has no value
 */
export function parseFlags(args: readonly string[]): Flags {
  const switches = settings.filter(({ kind }) => kind === "switch").map(({ name }) => flagOf(name));
  const texts = settings.filter(({ kind }) => kind !== "switch").map(({ name }) => flagOf(name));
  // A value such as -1 must be a value's error, not an unknown flag's.
  const parsed: Record<string, unknown> = parseArgs(joinNegatives(args, texts), {
    string: [...texts, ...extras.text],
    boolean: [...switches, ...extras.switches],
    negatable: switches,
    alias: { h: "help" },
    unknown: (arg: string, key?: string) => refuse(arg, key),
  });
  const told = new Map<string, unknown>();
  for (const setting of settings) {
    const flag = flagOf(setting.name);
    if (!mentions(args, flag)) continue;
    const value = parsed[flag];
    told.set(
      setting.name,
      setting.kind === "switch" ? switchOf(flag, value, args) : valueOf(setting, value),
    );
  }
  return {
    settings: told,
    ...textFlag("config", args, parsed),
    ...textFlag("resume", args, parsed),
    ...stepFlag(args, parsed),
  };
}

function textFlag(
  name: "config" | "resume",
  args: readonly string[],
  parsed: Readonly<Record<string, unknown>>,
): { config?: string; resume?: string } {
  if (!mentions(args, name)) return {};
  const value = parsed[name];
  if (typeof value !== "string" || value === "") {
    throw new UsageError(`Cannot use --${name}: it needs a path after it`);
  }
  return { [name]: value };
}

function stepFlag(
  args: readonly string[],
  parsed: Readonly<Record<string, unknown>>,
): { from?: number } {
  if (!mentions(args, "from")) return {};
  const value = String(parsed.from);
  if (/^\d+$/.test(value)) return { from: Number(value) };
  throw new UsageError(
    `Cannot use --from ${value}: it must be the number of steps of a checkpoint: current value is ` +
      `${value || "empty"}`,
  );
}

function mentions(args: readonly string[], flag: string): boolean {
  return args.some((arg) =>
    arg === `--${flag}` || arg === `--no-${flag}` || arg.startsWith(`--${flag}=`)
  );
}

function joinNegatives(args: readonly string[], texts: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    const isValue = /^-[\d.]/.test(arg) && before?.startsWith("--") &&
      texts.includes(before.slice(2));
    if (isValue) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function refuse(arg: string, key: string | undefined): never {
  if (key === undefined) {
    throw new UsageError(`Cannot use "${arg}": it belongs to no flag: see --help`);
  }
  // "--lr=" reaches us with the = in its name
  const name = key.replace(/=$/, "");
  const flags = [
    ...settings.map((setting) => flagOf(setting.name)),
    ...extras.text,
    ...extras.switches,
  ];
  if (flags.includes(name)) throw new UsageError(`Cannot use --${name}: it needs a value`);
  const nearest = nearestName(name.replace(/^no-/, ""), [...flags, ...synonyms.keys()]);
  const suggestion = nearest === undefined
    ? "see --help"
    : `did you mean --${synonyms.get(nearest) ?? nearest}?`;
  const dashes = arg.startsWith("--") ? "--" : "-";
  throw new UsageError(`Cannot use ${dashes}${name}: there is no such flag: ${suggestion}`);
}

function valueOf({ name, kind, rule }: Setting, value: unknown): unknown {
  if (typeof value !== "string" || value.trim() === "") {
    throw new UsageError(
      `Cannot use --${flagOf(name)}: it must be ${rule}: current value is empty`,
    );
  }
  if (kind === "text") return value;
  // what is no number stays text, and the check of the config shows it
  const number = (part: string) => {
    const parsed = part.trim() === "" ? NaN : Number(part);
    return Number.isNaN(parsed) ? part : parsed;
  };
  if (kind === "number") return number(value);
  const parts = value.split(",").map((part) => part.trim());
  return kind === "names" ? parts : parts.map(number);
}

/** The parser takes any text after the = of a switch for true. */
function switchOf(flag: string, value: unknown, args: readonly string[]): unknown {
  for (const arg of args) {
    const text = arg.startsWith(`--${flag}=`) ? arg.slice(flag.length + 3) : "true";
    if (text === "true" || text === "false") continue;
    throw new UsageError(
      `Cannot use ${arg}: --${flag} is on or off: use --${flag} or --no-${flag}`,
    );
  }
  return value;
}
