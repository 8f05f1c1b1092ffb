/** `parseArgs` of `@std/cli/parse-args`, with the options that this project uses; see README.md. */

/** Result of `parseArgs`: flags by name, and positional arguments in `_`. */
export interface ParsedArgs {
  /** Positional arguments. */
  _: (string | number)[];
  /** Arguments after `--`, when the option `"--"` is set. */
  "--"?: string[];
  [name: string]: unknown;
}

/** Options for `parseArgs`. */
export interface ParseOptions {
  /** Whether to put arguments after `--` into the key `--` instead of `_`. */
  readonly "--"?: boolean;
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Flags without a value; `true` for every `--flag` without `=`. */
  readonly boolean?: boolean | string | readonly string[];
  /** Flags whose value is kept as a string. */
  readonly string?: string | readonly string[];
  /** Flags whose values are collected in an array. */
  readonly collect?: string | readonly string[];
  /** Flags that `--no-<flag>` sets to `false`. */
  readonly negatable?: string | readonly string[];
  readonly default?: Readonly<Record<string, unknown>>;
  /** Whether to stop at the first positional argument. */
  readonly stopEarly?: boolean;
  /** Called for each undeclared flag or argument; returns `false` to drop it. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Parses command-line arguments. */
export function parseArgs(args: string[], options: ParseOptions = {}): ParsedArgs {
  return new Parser(options).parse(args);
}

function listOf(names: unknown): readonly string[] {
  if (typeof names === "string") return [names];
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

function isNumber(text: string): boolean {
  return /^0x[0-9a-f]+$/i.test(text) || /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i.test(text);
}

class Parser {
  readonly #options: ParseOptions;
  readonly #aliases = new Map<string, readonly string[]>();
  readonly #booleans: ReadonlySet<string>;
  readonly #strings: ReadonlySet<string>;
  readonly #collect: ReadonlySet<string>;
  readonly #negatable: ReadonlySet<string>;
  readonly #known: ReadonlySet<string>;
  readonly #result: ParsedArgs = { _: [] };

  constructor(options: ParseOptions) {
    this.#options = options;
    for (const [key, value] of Object.entries(options.alias ?? {})) {
      const group = [key, ...(typeof value === "string" ? [value] : value)];
      for (const name of group) {
        this.#aliases.set(name, group.filter((other) => other !== name));
      }
    }
    this.#booleans = this.#withAliases(listOf(options.boolean));
    this.#strings = this.#withAliases(listOf(options.string));
    this.#collect = this.#withAliases(listOf(options.collect));
    this.#negatable = this.#withAliases(listOf(options.negatable));
    this.#known = new Set([...this.#booleans, ...this.#strings, ...this.#aliases.keys()]);
  }

  parse(args: readonly string[]): ParsedArgs {
    const end = args.indexOf("--");
    const before = end < 0 ? args : args.slice(0, end);
    const after = end < 0 ? [] : args.slice(end + 1);
    for (let index = 0; index < before.length; index++) {
      const arg = before[index] ?? "";
      if (arg.startsWith("-") && arg !== "-") {
        if (this.#flag(arg, before[index + 1])) index += 1;
        continue;
      }
      this.#positional(arg);
      if (this.#options.stopEarly) {
        this.#result._.push(...before.slice(index + 1));
        break;
      }
    }
    this.#fillDefaults();
    if (this.#options["--"]) this.#result["--"] = after;
    else this.#result._.push(...after);
    return this.#result;
  }

  /** Parses a flag and returns whether it consumed the next argument as its value. */
  #flag(arg: string, next: string | undefined): boolean {
    if (!arg.startsWith("--")) return this.#shortFlags(arg, next);
    // An "=" without a value is part of the name, as in the real package.
    const [, name = "", inline] = /^--([\s\S]+?)(?:=([\s\S]+))?$/.exec(arg) ?? [];
    if (inline !== undefined) {
      this.#set(name, this.#booleans.has(name) ? inline !== "false" : inline, arg);
      return false;
    }
    const positive = name.replace(/^no-/, "");
    if (positive !== name && this.#negatable.has(positive)) {
      this.#set(positive, false, arg);
      return false;
    }
    const takesValue = this.#options.boolean !== true && !next?.startsWith("-");
    return this.#valueOrSwitch(name, takesValue ? next : undefined, arg);
  }

  /** Assigns the next argument to a flag that takes a value; returns whether it was consumed. */
  #valueOrSwitch(name: string, next: string | undefined, arg: string): boolean {
    if (next === "true" || next === "false") {
      this.#set(name, this.#booleans.has(name) ? next === "true" : next, arg);
      return true;
    }
    if (next && !this.#booleans.has(name)) {
      this.#set(name, next, arg);
      return true;
    }
    this.#set(name, this.#strings.has(name) ? "" : true, arg);
    return false;
  }

  /** `-abc` sets `a` and `b`, and `c` takes the next argument; `-n5` sets `n` to 5. */
  #shortFlags(arg: string, next: string | undefined): boolean {
    const letters = arg.slice(1);
    for (let index = 0; index < letters.length; index++) {
      const letter = letters[index] ?? "";
      const rest = letters.slice(index + 1);
      if (rest === "") return this.#valueOrSwitch(letter, next?.startsWith("-") ? "" : next, arg);
      if (/^\W/.test(rest) || isNumber(rest)) {
        this.#set(letter, rest.replace(/^=/, ""), arg);
        return false;
      }
      this.#set(letter, this.#strings.has(letter) ? "" : true, arg);
    }
    return false;
  }

  #set(name: string, value: string | boolean, arg: string): void {
    const declared = this.#known.has(name) ||
      (this.#options.boolean === true && /^--[^=]+$/.test(arg));
    if (!declared && this.#options.unknown?.(arg, name, value) === false) return;
    const isNumeric = typeof value === "string" && !this.#strings.has(name) && isNumber(value);
    const typed = isNumeric ? Number(value) : value;
    for (const key of [name, ...(this.#aliases.get(name) ?? [])]) this.#store(key, typed);
  }

  #store(key: string, value: string | number | boolean): void {
    const before = Object.hasOwn(this.#result, key) ? this.#result[key] : [];
    const gathers = this.#collect.has(key) && Array.isArray(before);
    this.#result[key] = gathers ? [...before, value] : value;
  }

  #positional(arg: string): void {
    if (this.#options.unknown?.(arg) === false) return;
    this.#result._.push(!this.#strings.has("_") && isNumber(arg) ? Number(arg) : arg);
  }

  #fillDefaults(): void {
    for (const [name, value] of Object.entries(this.#options.default ?? {})) {
      if (Object.hasOwn(this.#result, name)) continue;
      for (const key of [name, ...(this.#aliases.get(name) ?? [])]) this.#result[key] = value;
    }
    for (const key of [...this.#booleans, ...this.#strings]) {
      if (Object.hasOwn(this.#result, key)) continue;
      if (this.#collect.has(key)) this.#result[key] = [];
      else if (this.#booleans.has(key)) this.#result[key] = false;
    }
  }

  #withAliases(names: readonly string[]): ReadonlySet<string> {
    return new Set(names.flatMap((name) => [name, ...(this.#aliases.get(name) ?? [])]));
  }
}
