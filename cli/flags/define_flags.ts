import { parseArgs } from "@std/cli/parse-args";
import { z } from "zod";
import { nearestName } from "../../graph/nearest_name.ts";
import { UsageError } from "../errors.ts";
import { checkGiven } from "./check.ts";
import { type Flag, flagsOf, type Settings } from "./setting.ts";

/** The arguments of a command, read but not yet checked. */
export interface ReadArguments {
  /** The settings that were given, by name. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Arguments that belong to no flag. */
  readonly rest: readonly string[];
}

/** The values of settings, by name. */
export type Values<S extends Settings> = Readonly<z.infer<z.ZodObject<S>>>;

/** The arguments of a command, checked. */
export interface ParsedArguments<S extends Settings> {
  /** All settings by name, defaults filled in. */
  readonly values: Values<S>;
  /** Arguments that belong to no flag. */
  readonly rest: readonly string[];
}

/** The flags of a command. */
export interface FlagSet<S extends Settings> {
  /**
   * Reads the arguments; the caller checks the values.
   * @throws {UsageError} if a flag is unknown or has no value
   */
  read(args: readonly string[]): ReadArguments;
  /**
   * Reads the arguments and checks the values.
   * @throws {UsageError} if a flag is unknown, or its value breaks the rule
   */
  parse(args: readonly string[]): ParsedArguments<S>;
}

/** How a command takes its arguments. */
export interface FlagOptions {
  /** Are there arguments without a flag? Default: false. */
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
      return { values: checkGiven(schema, flags, { given }), rest };
    },
  };
}

function readArguments(
  args: readonly string[],
  flags: readonly Flag[],
  options: FlagOptions,
): ReadArguments {
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
