/** `parseArgs` of `@std/cli/parse-args`, with the options that this project uses; see README.md. */

type Value = string | number | boolean | (string | number | boolean)[];

/** What `parseArgs` returns: the flags by name, and everything else in `_`. */
export interface ParsedArgs {
  /** Arguments that belong to no flag. */
  _: (string | number)[];
  /** Arguments after `--`, when the option `"--"` is set. */
  "--"?: string[];
  // deno-lint-ignore no-explicit-any -- the real package types this per option
  [name: string]: any;
}

/** How `parseArgs` reads the arguments. */
export interface ParseOptions {
  /** Puts everything after `--` into the key `--`, instead of into `_`. */
  readonly "--"?: boolean;
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Flags without a value; `true` takes every `--flag` that has no `=`. */
  readonly boolean?: boolean | string | readonly string[];
  /** Flags whose value stays text. */
  readonly string?: string | readonly string[];
  /** Flags whose values gather in an array. */
  readonly collect?: string | readonly string[];
  /** Flags that `--no-<flag>` sets to `false`. */
  readonly negatable?: string | readonly string[];
  readonly default?: Readonly<Record<string, unknown>>;
  /** Stops at the first argument that belongs to no flag. */
  readonly stopEarly?: boolean;
  /** Called for each flag or argument that is not declared; `false` drops it. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Reads command-line arguments into an object. */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): ParsedArgs {
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
    let after = end < 0 ? [] : args.slice(end + 1);
    for (let index = 0; index < before.length; index++) {
      const arg = before[index] ?? "";
      if (arg.startsWith("-") && arg !== "-" && !isNumber(arg)) {
        if (this.#flag(arg, before[index + 1])) index += 1;
        continue;
      }
      this.#positional(arg);
      if (this.#options.stopEarly) {
        after = [...before.slice(index + 1), ...after];
        break;
      }
    }
    this.#fillDefaults();
    if (this.#options["--"]) this.#result["--"] = after;
    else this.#result._.push(...after);
    return this.#result;
  }

  /** Reads one flag; returns whether it took the next argument as its value. */
  #flag(arg: string, next: string | undefined): boolean {
    if (!arg.startsWith("--")) return this.#shortFlags(arg, next);
    const [, name = "", inline] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(arg) ?? [];
    if (inline !== undefined) {
      const isBoolean = this.#booleans.has(name) && !this.#strings.has(name);
      this.#set(name, isBoolean ? inline !== "false" : inline, arg);
      return false;
    }
    const positive = name.replace(/^no-/, "");
    if (positive !== name && this.#negatable.has(positive)) {
      this.#set(positive, false, arg);
      return false;
    }
    return this.#valueOrSwitch(name, next, arg);
  }

  #valueOrSwitch(name: string, next: string | undefined, arg: string): boolean {
    const takesNone = this.#booleans.has(name) || this.#options.boolean === true;
    if (!takesNone && next !== undefined && (!next.startsWith("-") || isNumber(next))) {
      this.#set(name, next, arg);
      return true;
    }
    if (next === "true" || next === "false") {
      this.#set(name, next === "true", arg);
      return true;
    }
    this.#set(name, this.#strings.has(name) ? "" : true, arg);
    return false;
  }

  /** `-abc` sets `a` and `b`, and `c` takes what follows; `-n5` is `n` with the value 5. */
  #shortFlags(arg: string, next: string | undefined): boolean {
    const letters = arg.slice(1);
    for (let index = 0; index < letters.length; index++) {
      const letter = letters[index] ?? "";
      const rest = letters.slice(index + 1);
      if (rest === "") return this.#valueOrSwitch(letter, next, arg);
      if (rest.startsWith("=") || isNumber(rest)) {
        this.#set(letter, rest.replace(/^=/, ""), arg);
        return false;
      }
      this.#set(letter, this.#strings.has(letter) ? "" : true, arg);
    }
    return false;
  }

  #set(name: string, value: string | boolean, arg: string): void {
    const { unknown } = this.#options;
    if (unknown !== undefined && !this.#known.has(name)) {
      if (this.#options.boolean !== true || arg.includes("=")) {
        if (unknown(arg, name, value) === false) return;
      }
    }
    const isText = typeof value !== "string" || this.#strings.has(name) || !isNumber(value);
    const typed = isText ? value : Number(value);
    for (const key of [name, ...(this.#aliases.get(name) ?? [])]) this.#store(key, typed);
  }

  #store(key: string, value: string | number | boolean): void {
    const before: Value | undefined = Object.hasOwn(this.#result, key)
      ? this.#result[key]
      : undefined;
    if (!this.#collect.has(key)) this.#result[key] = value;
    else this.#result[key] = Array.isArray(before) ? [...before, value] : [value];
  }

  #positional(arg: string): void {
    if (this.#options.unknown?.(arg) === false) return;
    this.#result._.push(!this.#strings.has("_") && isNumber(arg) ? Number(arg) : arg);
  }

  #fillDefaults(): void {
    const defaults = this.#options.default ?? {};
    for (const [name, value] of Object.entries(defaults)) {
      for (const key of [name, ...(this.#aliases.get(name) ?? [])]) {
        if (!Object.hasOwn(this.#result, key)) this.#result[key] = value;
      }
    }
    for (const key of this.#booleans) {
      if (!Object.hasOwn(this.#result, key)) {
        this.#result[key] = this.#collect.has(key) ? [] : false;
      }
    }
    for (const key of this.#collect) {
      if (!Object.hasOwn(this.#result, key)) this.#result[key] = [];
    }
  }

  #withAliases(names: readonly string[]): ReadonlySet<string> {
    return new Set(names.flatMap((name) => [name, ...(this.#aliases.get(name) ?? [])]));
  }
}
