import { JsonError, parseJson, readFileChecked } from "../../checkpoint/mod.ts";
import { nearestName } from "../../graph/nearest_name.ts";
import { changeable, changeableFlags } from "./changeable.ts";
import { UsageError } from "../errors.ts";
import { checkGiven, type Given, type Origin } from "../flags/check.ts";
import { flagName } from "../flags/setting.ts";
import { type Config, configSchema, defaults, settings } from "./config.ts";

/**
 * Applies settings to a base config and checks the result.
 * @throws {UsageError} naming the setting, its rule and its value
 */
export function checkConfig(given: Given, origin: Origin, base: Config = defaults): Config {
  for (const name of Object.keys(given)) {
    if (!settings.some((setting) => setting.name === name)) throw unknownSetting(name, origin);
  }
  return checkGiven(configSchema, settings, { given, base, origin });
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
  const given = Object.fromEntries(Object.entries(data));
  // a single name needs no list
  for (const name of ["optimizer", "log"]) {
    const value = given[name];
    if (typeof value === "string") given[name] = value.split(",");
  }
  const config = checkConfig(given, { kind: "file", path }, base);
  if (config.steps === null || config.epochs === null) return config;
  throw new UsageError(
    `Cannot use "steps" of ${path} with its "epochs": use only one of them`,
  );
}

/** The config of a run that is resumed. */
export function resumeConfig(stored: Config, given: Given): Config {
  for (const name of Object.keys(given)) {
    if (changeable.has(name)) continue;
    throw new UsageError(
      `Cannot use --${
        flagName(name)
      } with --resume: only ${changeableFlags} can change when a run resumes`,
    );
  }
  // runs of earlier versions have not recorded it
  const telemetry = stored.telemetry ?? false;
  return withFlags(given, { ...stored, telemetry });
}

/** Epochs that are given replace the steps of the settings before. */
function withFlags(given: Given, base: Config): Config {
  if ("steps" in given && "epochs" in given) {
    throw new UsageError("Cannot use --steps with --epochs: use only one of them");
  }
  const before = "epochs" in given ? { ...base, steps: null } : base;
  return checkConfig(given, { kind: "flags" }, before);
}

/** The config of a new run: defaults, then the file, then the flags. */
export async function newConfig(given: Given, file: string | undefined): Promise<Config> {
  return withFlags(given, file === undefined ? defaults : await readConfig(file));
}
