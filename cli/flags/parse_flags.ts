import { parseArgs } from "node:util";
import { z } from "zod";
import { nearestName } from "../../graph/nearest_name.ts";
import { UsageError } from "../errors.ts";
import { checkGiven, type Given } from "./check_given.ts";
import { type Flag, flagsOf, type Settings } from "./setting.ts";

/** The values of settings, by name. */
export type Values<S extends Settings> = Readonly<z.infer<z.ZodObject<S>>>;

/** The arguments of a command. */
interface Arguments<S extends Settings> {
  /** The values of all settings: as given, or their defaults. */
  readonly values: Values<S>;
  /** The values that were given. */
  readonly given: Given;
  /** Arguments that belong to no flag. */
  readonly rest: readonly string[];
}

/** How a command takes its arguments. */
interface FlagOptions {
  /** Whether there are arguments without a flag. Default: false. */
  readonly positional?: boolean;
  /** Flags of other tools, with the flag that is meant. */
  readonly synonyms?: ReadonlyMap<string, string>;
}

/**
 * Reads the arguments of a command, whose flags follow from the schemas of its settings.
 * @throws {UsageError} if a flag is unknown, or its value breaks the rule
 */
export function parseFlags<S extends Settings>(
  settings: S,
  args: readonly string[],
  options: FlagOptions = {},
): Arguments<S> {
  const { given, rest } = readArguments(args, flagsOf(settings), options);
  return { values: checkGiven(z.object(settings), { given }), given, rest };
}

function readArguments(
  args: readonly string[],
  flags: readonly Flag[],
  options: FlagOptions,
): { readonly given: Given; readonly rest: readonly string[] } {
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

function tokensOf(args: readonly string[], flags: readonly Flag[]) {
  const types = flags.map(({ flag, kind }) => {
    const type = kind === "switch" ? "boolean" as const : "string" as const;
    return [flag, { type, ...(flag === "help" && { short: "h" }) }] as const;
  });
  const options = Object.fromEntries(types);
  return parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens;
}

/** A flag among the arguments, with the value after it, if it has one. */
type FlagToken = Extract<ReturnType<typeof tokensOf>[number], { readonly kind: "option" }>;

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
