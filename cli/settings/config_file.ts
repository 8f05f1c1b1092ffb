import { JsonError, parseJson, readFileChecked } from "../../checkpoint/mod.ts";
import { UsageError } from "../errors.ts";
import { checkConfig, type Config, settings } from "./config.ts";

/**
 * Reads a config file: one JSON object with settings by name. Missing ones have their defaults.
 * @throws {UsageError} if it is not one, naming the setting, its rule and its value
 */
export async function readConfig(path: string): Promise<Config> {
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
  for (const { name, kind } of settings) {
    const value = given[name];
    if (kind === "names" && typeof value === "string") given[name] = value.split(",");
  }
  const config = checkConfig(given, path);
  if (config.steps === null || config.epochs === null) return config;
  throw new UsageError(
    `Cannot use "steps" of ${path} with its "epochs": use only one of them`,
  );
}
