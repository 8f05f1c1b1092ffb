import { defaults, incidental, settings } from "../settings/config.ts";

/**
 * The command that repeats a run: the settings that affect its results and differ from the defaults.
 * If a value has no flag, the command uses the run's config.json. `ranks` is the number of processes
 * that trained together.
 */
export function commandOf(
  path: string,
  config: Readonly<Record<string, unknown>>,
  ranks = 1,
): string {
  const train = ranks > 1 ? `mpirun -n ${ranks} deno task train-mpi` : "deno task train";
  const standard: Readonly<Record<string, unknown>> = { ...defaults };
  const words: string[] = [];
  for (const { name, flag } of settings) {
    const value = config[name];
    if (incidental.has(name) || value === undefined || same(value, standard[name])) continue;
    const word = wordFor(flag, value);
    if (word === null) return `${train} --config ${quoted(`${path}/config.json`)} --out NEW`;
    words.push(word);
  }
  return [train, ...words].join(" ");
}

function wordFor(flag: string, value: unknown): string | null {
  if (value === true) return `--${flag}`;
  if (value === false) return `--no-${flag}`;
  const text = Array.isArray(value) ? value.join(",") : equalForAll(value);
  if (typeof text === "string" || typeof text === "number") {
    return `--${flag} ${quoted(String(text))}`;
  }
  return null;
}

/** Replaces equal values of all optimizers by one value. */
function equalForAll(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const values = new Set(Object.values(value));
  return values.size === 1 ? [...values][0] : null;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A word of a command, in quotes if the shell would read it as something else. */
export function quoted(text: string): string {
  return /^[\w./,:=@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
