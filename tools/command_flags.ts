import { trimSlashes } from "../checkpoint/trim_slashes.ts";
import { browserCommand, displayVariables } from "../cli/browser_command.ts";
import { livePorts } from "../live/ports.ts";

/** The checkout: the working directory of commands, which contains the small datasets. */
export const CHECKOUT = ".";

/** The flags of a command that name folders, files, and ports. */
export class CommandFlags {
  readonly #args: readonly string[];
  readonly #settings: Readonly<Record<string, unknown>>;

  constructor(args: readonly string[], settings: Readonly<Record<string, unknown>>) {
    this.#args = args;
    this.#settings = settings;
  }

  /** The path given by a flag, or by a setting of the same name. */
  path(flag: string): string | undefined {
    return asPath(this.#text(flag) ?? this.#settings[camelCase(flag)]);
  }

  /** The path given by a flag, where the setting of this name is about something else. */
  givenPath(flag: string): string | undefined {
    return asPath(this.#text(flag));
  }

  /** Files and folders that the command reads. */
  get inputs(): readonly (string | undefined)[] {
    const dataset = this.path("dataset");
    return [
      // a name or a file
      dataset !== undefined && /[./\\]/.test(dataset) ? dataset : undefined,
      ...["test-dataset", "data-dir", "weights", "config"].map((flag) => this.path(flag)),
    ];
  }

  /** Where a run is written. A name given by a flag replaces the folder of a config file. */
  get placeOfRun(): string | undefined {
    const isNamed = this.#text("name") !== undefined && this.#text("out") === undefined;
    return isNamed ? undefined : this.path("out");
  }

  /** Whether the live page is served. */
  get isLive(): boolean {
    return this.#isOn("live") || this.#text("live-port") !== undefined ||
      (this.#settings.livePort ?? null) !== null;
  }

  /** What --open needs: the program that starts a browser, and whether there is a display. */
  get toOpen(): { readonly run: readonly string[]; readonly env: readonly string[] } {
    return this.#isOn("open")
      ? { run: [browserCommand[0]], env: displayVariables }
      : { run: [], env: [] };
  }

  /** Addresses that the live page may be served on. None for a port that the command refuses. */
  ports(flag: string): readonly string[] {
    const port = this.#text(flag) ?? this.#settings[camelCase(flag)] ?? null;
    const ports = port === null ? livePorts : [port].filter(isPort);
    return ports.map((each) => `127.0.0.1:${each}`);
  }

  /** Arguments that are neither flags nor the values of the given flags. */
  rest(texts: readonly string[]): readonly string[] {
    const isValue = (i: number) => texts.some((flag) => this.#args[i - 1] === `--${flag}`);
    return this.#args.filter((arg, i) => !arg.startsWith("-") && !isValue(i)).map(trimSlashes);
  }

  /** Whether a switch is on: by the last flag that sets it, or by the setting of the same name. */
  #isOn(flag: string): boolean {
    const on = [`--${flag}`, `--${flag}=true`];
    const off = [`--no-${flag}`, `--${flag}=false`];
    const last = this.#args.findLast((arg) => on.includes(arg) || off.includes(arg));
    return last === undefined ? this.#settings[camelCase(flag)] === true : on.includes(last);
  }

  #text(flag: string): string | undefined {
    return valuesOf(this.#args, flag).at(-1);
  }
}

/** The values that arguments give to a flag, in order. */
export function valuesOf(args: readonly string[], flag: string): readonly string[] {
  const name = `--${flag}`;
  return args.flatMap((arg, i) => {
    if (arg === name) return [args[i + 1] ?? ""];
    return arg.startsWith(`${name}=`) ? [arg.slice(name.length + 1)] : [];
  });
}

function asPath(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? trimSlashes(value) : undefined;
}

/** Whether Deno takes it in a permission; it ends with a stack trace where it does not. */
function isPort(port: unknown): boolean {
  return /^\d+$/.test(String(port)) && Number(port) >= 1 && Number(port) <= 65535;
}

function camelCase(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The parent folder of a path. */
export function parentOf(path: string): string {
  const parent = path.replace(/[^\\/]+$/, "");
  return parent === "" ? CHECKOUT : trimSlashes(parent);
}
