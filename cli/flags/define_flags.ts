import { parseArgs } from "node:util";
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
  const given: Record<string, unknown> = {};
  const rest: string[] = [];
  for (const token of tokensOf(args, flags)) {
    if (token.kind === "option") {
      const flag = find(token.name, flags) ?? refuse(token, flags, options);
      given[flag.name] = readValue(flag, token);
    } else if (token.kind === "positional") {
      if (options.positional) rest.push(token.value);
      else throw new UsageError(`Cannot use "${token.value}": unexpected argument: see --help`);
    }
  }
  return { given, rest };
}

/** A flag among the arguments, with the value after it, if it has one. */
interface FlagToken {
  /** Without dashes. */
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  /** Whether the value is in the same argument, after "=". */
  readonly inlineValue?: boolean | undefined;
}

function tokensOf(args: readonly string[], flags: readonly Flag[]) {
  const types = flags.map(({ flag, kind }) => {
    const type = kind === "switch" ? "boolean" as const : "string" as const;
    return [flag, { type, ...(flag === "help" && { short: "h" }) }] as const;
  });
  const options = Object.fromEntries(types);
  return parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens;
}

/** The flag of this name; for switches also with "no-" before it. */
function find(name: string, flags: readonly Flag[]): Flag | undefined {
  return flags.find(({ flag, kind }) =>
    flag === name || kind === "switch" && `no-${flag}` === name
  );
}

/** Refuses an unknown flag. */
function refuse(
  { name, rawName }: FlagToken,
  flags: readonly Flag[],
  { synonyms = new Map() }: FlagOptions,
): never {
  const names = [...flags.map(({ flag }) => flag), ...synonyms.keys()];
  const nearest = nearestName(name.replace(/^no-/, ""), names);
  const advice = nearest === undefined
    ? "see --help"
    : `did you mean --${synonyms.get(nearest) ?? nearest}?`;
  throw new UsageError(`Cannot use ${rawName}: there is no such flag: ${advice}`);
}

function readValue({ flag, kind }: Flag, token: FlagToken): unknown {
  if (kind === "switch") return readSwitch(flag, token);
  const { rawName, value = "", inlineValue = false } = token;
  if (!inlineValue && value.startsWith("--")) {
    throw new UsageError(`Cannot use ${rawName}: it needs a value: current one is ${value}`);
  }
  const text = value.trim() === "" ? "" : value;
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

function readSwitch(flag: string, { name, rawName, value = "true" }: FlagToken): boolean {
  const isNegated = name !== flag;
  if (value === "true" || !isNegated && value === "false") return value === "true" && !isNegated;
  throw new UsageError(
    `Cannot use ${rawName}=${value}: --${flag} is on or off: use --${flag} or --no-${flag}`,
  );
}

/**
 * Checks given values, which take precedence over those of `base`.
 * @throws {UsageError} naming the setting, its rule and its value
 */
export function checkGiven<S extends z.ZodObject>(
  schema: S,
  { given, base = {}, file }: {
    readonly given: Given;
    readonly base?: Given;
    /** The file that the values are from, if they are not from flags. */
    readonly file?: string;
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
  const where = file === undefined
    ? `Cannot use --${flag.flag}${value === "" ? "" : ` ${value}`}`
    : `Cannot use "${name}" of ${file}`;
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
