import { type Config, defaults } from "../settings/config.ts";
import { flagOf, settings } from "../settings/settings.ts";

/** Settings that say where a run was done and shown, and not what it was. */
const elsewhere: ReadonlySet<keyof Config> = new Set([
  "out",
  "quiet",
  "json",
  "device",
  "threads",
  "dataDir",
  "cacheDir",
]);

/**
 * The command that does a run again, with the settings that differ from the defaults; values
 * that no flag can say are left to the run's config.json.
 */
export function commandOf(path: string, config: Readonly<Record<string, unknown>>): string {
  const standard: Readonly<Record<string, unknown>> = { ...defaults };
  const flags: string[] = [];
  for (const { name } of settings) {
    const value = config[name];
    if (elsewhere.has(name) || value === undefined || same(value, standard[name])) continue;
    const flag = flagFor(name, value);
    if (flag === null) return `deno task train --config ${quoted(`${path}/config.json`)} --out NEW`;
    flags.push(flag);
  }
  return ["deno task train", ...flags].join(" ");
}

function flagFor(name: string, value: unknown): string | null {
  const flag = flagOf(name);
  if (value === true) return `--${flag}`;
  if (value === false) return `--no-${flag}`;
  const text = Array.isArray(value) ? value.join(",") : equalForAll(value);
  if (typeof text === "string" || typeof text === "number") {
    return `--${flag} ${quoted(String(text))}`;
  }
  return null;
}

/** A value for each optimizer becomes one value if they are all the same. */
function equalForAll(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const values = new Set(Object.values(value));
  return values.size === 1 ? [...values][0] : null;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function quoted(text: string): string {
  return /^[\w./,:=@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
