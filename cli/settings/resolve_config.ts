import type { z } from "zod";
import { JsonError, parseJson, readFileChecked } from "../../checkpoint/mod.ts";
import { didYouMean, nearestName } from "../../graph/nearest_name.ts";
import { changeable, changeableFlags } from "./changeable.ts";
import { type Config, configSchema, defaults, scheduleNames } from "./config.ts";
import { UsageError } from "../errors.ts";
import { flagOf, settings } from "./settings.ts";

/** Where settings were told. */
type Origin = { readonly kind: "flags" } | { readonly kind: "file"; readonly path: string };

/**
 * Fills settings into a base and checks all.
 * @throws {UsageError} naming the setting, its rule and its value
 */
export function checkConfig(
  told: Readonly<Record<string, unknown>>,
  origin: Origin,
  base: Config = defaults,
): Config {
  for (const name of Object.keys(told)) {
    if (!settings.some((setting) => setting.name === name)) throw unknownSetting(name, origin);
  }
  const result = configSchema.safeParse({ ...base, ...told });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  const setting = settings.find((candidate) => candidate.name === name);
  if (!setting) throw new Error(`Internal: no rule for the setting ${name}`);
  const value = show(told[name]);
  const where = origin.kind === "flags"
    ? `Cannot use --${flagOf(name)} ${value}`
    : `Cannot use "${name}" of ${origin.path}`;
  throw new UsageError(
    `${where}: it must be ${setting.rule}: current value is ${value}${
      issue && advice(issue, told)
    }`,
  );
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The name that was probably meant, where only some names are taken. */
function advice(issue: z.core.$ZodIssue, told: Readonly<Record<string, unknown>>): string {
  const [name, ...place] = issue.path;
  const value = place.reduce<unknown>(
    (list, i) => Array.isArray(list) ? list[Number(i)] : undefined,
    told[String(name)],
  );
  if (typeof value !== "string") return "";
  if (issue.code === "invalid_value") return didYouMean(value, issue.values.map(String));
  const [, start = "", rest] = /^([^:]*)(.*)$/s.exec(value) ?? [];
  if (name !== "schedule" || scheduleNames.includes(start)) return "";
  const nearest = nearestName(start, scheduleNames);
  return nearest === undefined ? "" : `: did you mean ${nearest}${rest}?`;
}

function unknownSetting(name: string, origin: Origin): UsageError {
  const names: string[] = settings.map((setting) => setting.name);
  const nearest = nearestName(name, names);
  const suggestion = nearest === undefined
    ? `settings are ${names.join(", ")}`
    : `did you mean "${nearest}"?`;
  const where = origin.kind === "file" ? ` of ${origin.path}` : "";
  return new UsageError(`Cannot use "${name}"${where}: there is no such setting: ${suggestion}`);
}

/** Reads a config file: one JSON object with settings by name. */
export async function readConfig(path: string, base: Config = defaults): Promise<Config> {
  const bytes = await readFileChecked(path, { maxBytes: 1_000_000 });
  let data: unknown;
  try {
    data = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof JsonError
      ? cause.message.replace(/^Cannot read JSON: /, "")
      : "it must be UTF-8";
    throw new UsageError(`Cannot use ${path}: it must be JSON: ${reason}`, { cause });
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new UsageError(`Cannot use ${path}: it must be one JSON object of settings`);
  }
  const told = Object.fromEntries(Object.entries(data));
  // for people: a single name needs no list
  for (const name of ["optimizer", "log"]) {
    const value = told[name];
    if (typeof value === "string") told[name] = value.split(",");
  }
  const config = checkConfig(told, { kind: "file", path }, base);
  if (config.steps === null || config.epochs === null) return config;
  throw new UsageError(
    `Cannot use "steps" of ${path} with its "epochs": one of them decides how long to train`,
  );
}

/** The config of a run that is resumed. */
export function resumeConfig(stored: Config, told: ReadonlyMap<string, unknown>): Config {
  for (const name of told.keys()) {
    if (changeable.has(name)) continue;
    throw new UsageError(
      `Cannot use --${
        flagOf(name)
      } with --resume: only ${changeableFlags} can change in a run that has begun`,
    );
  }
  // earlier versions could not count it, and checkpoints hold what was counted
  const telemetry = stored.telemetry ?? false;
  return withFlags(told, { ...stored, telemetry });
}

/** Telling epochs means: not the steps of the settings before. */
function withFlags(told: ReadonlyMap<string, unknown>, base: Config): Config {
  if (told.has("steps") && told.has("epochs")) {
    throw new UsageError("Cannot use --steps with --epochs: one of them decides how long to train");
  }
  const before = told.has("epochs") ? { ...base, steps: null } : base;
  return checkConfig(Object.fromEntries(told), { kind: "flags" }, before);
}

/** The config of a new run: defaults, then the file, then the flags. */
export async function newConfig(
  told: ReadonlyMap<string, unknown>,
  file: string | undefined,
): Promise<Config> {
  return withFlags(told, file === undefined ? defaults : await readConfig(file));
}
