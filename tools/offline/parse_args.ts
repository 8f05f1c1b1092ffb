/** `parseArgs` of `@std/cli/parse-args`, with the options that this project uses; see README.md. */
import { parseArgs as tokenize } from "node:util";

/** Result of `parseArgs`: flags by name, and positional arguments in `_`. */
export interface ParsedArgs {
  /** Positional arguments, and everything after `--`. */
  _: string[];
  [name: string]: unknown;
}

/** Options for `parseArgs`. */
export interface ParseOptions {
  /** Other names of flags. */
  readonly alias?: Readonly<Record<string, string>>;
  /** Flags without a value. */
  readonly boolean?: readonly string[];
  /** Flags with a value. The real package needs `_` here to keep positional numbers as text. */
  readonly string?: readonly string[];
  /** Flags that `--no-<flag>` sets to `false`. */
  readonly negatable?: readonly string[];
  readonly default?: Readonly<Record<string, unknown>>;
  /** Called for each undeclared flag or argument; returns `false` to drop it. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Parses command-line arguments. */
export function parseArgs(args: string[], options: ParseOptions = {}): ParsedArgs {
  const { negatable = [], unknown } = options;
  const namesOf = withAliases(options.alias ?? {});
  const switches = (options.boolean ?? []).flatMap(namesOf);
  const texts = (options.string ?? []).flatMap(namesOf);
  const result: ParsedArgs = { _: [] };
  const set = (name: string, value: unknown) =>
    namesOf(name).forEach((each) => result[each] = value);
  const { tokens } = tokenize({ args, strict: false, allowPositionals: true, tokens: true });
  const end = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? Infinity;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (token.index > end || unknown?.(token.value) !== false) result._.push(token.value);
      continue;
    }
    const next = tokens[i + 1];
    const following = next?.kind === "positional" && next.value !== "-" ? next.value : "";
    const { name, value, takesNext } = readFlag(token, following, {
      switches,
      texts,
      negatable,
    });
    if (takesNext) i++;
    const isDeclared = switches.includes(name) || texts.includes(name);
    if (isDeclared || unknown?.(args[token.index]!, name, value) !== false) set(name, value);
  }
  for (const [name, value] of Object.entries(options.default ?? {})) {
    if (!Object.hasOwn(result, name)) set(name, value);
  }
  for (const name of switches) if (!Object.hasOwn(result, name)) set(name, false);
  return result;
}

/** Returns a function that lists a name and its aliases. */
function withAliases(alias: Readonly<Record<string, string>>): (name: string) => string[] {
  const pairs = Object.entries(alias);
  return (name) => [...new Set([name, ...pairs.filter((pair) => pair.includes(name)).flat()])];
}

/** Reads a flag. `following` is the argument after it, or empty if that is a flag, too. */
function readFlag(
  token: { readonly name: string; readonly value?: string | undefined },
  following: string,
  { switches, texts, negatable }: Record<"switches" | "texts" | "negatable", readonly string[]>,
): { readonly name: string; readonly value: string | boolean; readonly takesNext: boolean } {
  const isSwitch = switches.includes(token.name);
  if (token.value) {
    const value = isSwitch ? token.value !== "false" : token.value;
    return { name: token.name, value, takesNext: false };
  }
  const positive = token.name.replace(/^no-/, "");
  if (positive !== token.name && negatable.includes(positive)) {
    return { name: positive, value: false, takesNext: false };
  }
  // like the real package, which takes the "=" of "--name=" as part of the name
  const name = token.value === "" ? `${token.name}=` : token.name;
  if (isSwitch) {
    return { name, value: following !== "false", takesNext: /^(true|false)$/.test(following) };
  }
  if (following !== "") return { name, value: following, takesNext: true };
  return { name, value: texts.includes(name) ? "" : true, takesNext: false };
}
