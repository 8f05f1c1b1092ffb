import { parseArgs } from "@std/cli/parse-args";
import { z } from "zod";
import { didYouMean, nearestName } from "../../graph/nearest_name.ts";
import { UsageError } from "../errors.ts";
import { describe } from "./describe.ts";
import { type Flag, flagsOf, type Settings } from "./setting.ts";

/** The values of settings, by name. */
export type Values<S extends Settings> = Readonly<z.infer<z.ZodObject<S>>>;

/** Values by the names of their settings, as they were given. */
export type Given = Readonly<Record<string, unknown>>;

/** Arguments of a command. `rest` are those that belong to no flag. */
interface Arguments {
  readonly given: Given;
  readonly rest: readonly string[];
}

/** The flags of a command. */
interface FlagSet<S extends Settings> {
  /**
   * Reads the arguments; the caller checks the values.
   * @throws {UsageError} if a flag is unknown or has no value
   */
  read(args: readonly string[]): Arguments;
  /**
   * Reads the arguments, checks the values, and fills in the defaults.
   * @throws {UsageError} if a flag is unknown, or its value breaks the rule
   */
  parse(args: readonly string[]): { readonly values: Values<S>; readonly rest: readonly string[] };
}

/** How a command takes its arguments. */
interface FlagOptions {
  /** Whether there are arguments without a flag. Default: false. */
  readonly positional?: boolean;
  /** Flags of other tools, with the flag that is meant. */
  readonly synonyms?: ReadonlyMap<string, string>;
}

/** Defines the flags of a command by the schemas of its settings. */
export function defineFlags<S extends Settings>(
  settings: S,
  options: FlagOptions = {},
): FlagSet<S> {
  const flags = flagsOf(settings);
  const schema = z.object(settings);
  const read = (args: readonly string[]) => readArguments(args, flags, options);
  return {
    read,
    parse(args) {
      const { given, rest } = read(args);
      return { values: checkGiven(schema, { given }), rest };
    },
  };
}

function readArguments(
  args: readonly string[],
  flags: readonly Flag[],
  options: FlagOptions,
): Arguments {
  const isSwitch = ({ kind }: Flag) => kind === "switch";
  const switches = flags.filter(isSwitch).map(({ flag }) => flag);
  const texts = flags.filter((flag) => !isSwitch(flag)).map(({ flag }) => flag);
  const parsed: Readonly<Record<string, unknown>> = parseArgs(joinNegatives(args, texts), {
    string: [...texts, "_"],
    boolean: switches,
    negatable: switches,
    alias: { h: "help" },
    unknown: (arg: string, key?: string) => refuse(arg, key, flags, options),
  });
  const given: Record<string, unknown> = {};
  for (const flag of flags) {
    if (mentions(args, flag.flag)) given[flag.name] = readValue(flag, parsed[flag.flag], args);
  }
  return { given, rest: Array.isArray(parsed._) ? parsed._.map(String) : [] };
}

function mentions(args: readonly string[], flag: string): boolean {
  return args.some((arg) =>
    arg === `--${flag}` || arg === `--no-${flag}` || arg.startsWith(`--${flag}=`)
  );
}

/** Joins `--lr -1` to `--lr=-1`: it is a wrong value, not an unknown flag. */
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

/** Refuses an unknown flag, or an argument where the command takes none. */
function refuse(
  arg: string,
  key: string | undefined,
  flags: readonly Flag[],
  { positional = false, synonyms = new Map() }: FlagOptions,
): boolean {
  if (key === undefined) {
    if (positional) return true;
    throw new UsageError(`Cannot use "${arg}": unexpected argument: see --help`);
  }
  // "--lr=" arrives here with the = in its name
  const name = key.replace(/=$/, "");
  const names = flags.map(({ flag }) => flag);
  if (names.includes(name)) throw new UsageError(`Cannot use --${name}: it needs a value`);
  const nearest = nearestName(name.replace(/^no-/, ""), [...names, ...synonyms.keys()]);
  const advice = nearest === undefined
    ? "see --help"
    : `did you mean --${synonyms.get(nearest) ?? nearest}?`;
  const dashes = arg.startsWith("--") ? "--" : "-";
  throw new UsageError(`Cannot use ${dashes}${name}: there is no such flag: ${advice}`);
}

function readValue({ flag, kind }: Flag, value: unknown, args: readonly string[]): unknown {
  if (kind === "switch") return readSwitch(flag, value, args);
  const text = typeof value === "string" ? value.trim() === "" ? "" : value : "";
  if (kind === "text") return text;
  if (kind === "number") return readNumber(text);
  const parts = text.split(",").map((part) => part.trim());
  return kind === "names" ? parts : parts.map(readNumber);
}

/** A text that is not a number stays a text, and the check of the value reports it. */
function readNumber(text: string): number | string {
  const number = text.trim() === "" ? NaN : Number(text);
  return Number.isNaN(number) ? text : number;
}

/** The parser reads any text after the = of a switch as true. */
function readSwitch(flag: string, value: unknown, args: readonly string[]): unknown {
  for (const arg of args) {
    const text = arg.startsWith(`--${flag}=`) ? arg.slice(flag.length + 3) : "true";
    if (text === "true" || text === "false") continue;
    throw new UsageError(
      `Cannot use ${arg}: --${flag} is on or off: use --${flag} or --no-${flag}`,
    );
  }
  return value;
}

/** Where values were given: as flags, or in the file at `path`. */
export type Origin = { readonly kind: "flags" } | { readonly kind: "file"; readonly path: string };

/**
 * Checks given values, which take precedence over those of `base`.
 * @throws {UsageError} naming the setting, its rule and its value
 */
export function checkGiven<S extends z.ZodObject>(
  schema: S,
  { given, base = {}, origin = { kind: "flags" } }: {
    readonly given: Given;
    readonly base?: Given;
    readonly origin?: Origin;
  },
): z.infer<S> {
  const result = schema.safeParse({ ...base, ...given });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const flag = flagsOf(schema.shape).find(({ name }) => name === issue?.path[0]);
  if (issue === undefined || flag === undefined) {
    throw new Error(`Internal: no rule for the setting ${String(issue?.path[0])}`);
  }
  const { name } = flag;
  const { rule, prefixes } = describe(flag);
  const value = show(given[name]);
  const where = origin.kind === "flags"
    ? `Cannot use --${flag.flag}${value === "" ? "" : ` ${value}`}`
    : `Cannot use "${name}" of ${origin.path}`;
  throw new UsageError(
    `${where}: it must be ${rule}: current value is ${value === "" ? "empty" : value}${
      suggestion(issue, prefixes, given)
    }`,
  );
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The name that was probably meant, where only some names are allowed. */
function suggestion(
  issue: z.core.$ZodIssue,
  prefixes: readonly string[],
  given: Given,
): string {
  const [name, ...place] = issue.path;
  const value = place.reduce<unknown>(
    (list, i) => Array.isArray(list) ? list[Number(i)] : undefined,
    given[String(name)],
  );
  if (typeof value !== "string") return "";
  if (issue.code === "invalid_value") return didYouMean(value, issue.values.map(String));
  const [, start = "", rest] = /^([^:]*)(.*)$/s.exec(value) ?? [];
  if (prefixes.includes(start)) return "";
  const nearest = nearestName(start, prefixes);
  return nearest === undefined ? "" : `: did you mean ${nearest}${rest}?`;
}
