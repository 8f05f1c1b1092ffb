import manifest from "../deno.json" with { type: "json" };
import { createHash } from "node:crypto";
import { checkTogether } from "../cli/settings/check_together.ts";
import { checkConfig, type Config, incidental } from "../cli/settings/config.ts";
import type { RunPoint } from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import type { Request } from "./flags.ts";

/**
 * The checked settings of one run, with all defaults.
 * @throws {UsageError} if the config file has invalid settings
 */
export function configOf(point: RunPoint, { what }: Experiment, request: Request): Config {
  const path = `reproduce/configs/${what}.json`;
  const given = { ...point.settings, ...dataSettings(request) };
  const config = checkConfig(given, path);
  checkTogether(config);
  return config;
}

/** The settings for the data folders of this machine. */
export function dataSettings(
  { dataDir, cacheDir, allowUnverified }: Request,
): Partial<Config> {
  return {
    allowUnverified,
    ...(dataDir !== null && { dataDir }),
    ...(cacheDir !== null && { cacheDir }),
  };
}

/**
 * The name of a run: readable words, and a hash of all its settings and this version. Experiments
 * with equal configurations get the same name, regardless of how they are written. Settings that
 * are off do not count, so that a feature that is added later does not rename runs without it.
 */
export function pointName(config: Config, ranks = 1): string {
  const { model, dataset, optimizer, seed } = config;
  const several = ranks > 1 ? [`${ranks}-ranks`] : [];
  const words = [model, dataset, optimizer.join("-"), ...several, `seed-${seed}`].join("_");
  const content = Object.entries(config).filter(([name, value]) =>
    !incidental.has(name) && value !== null && value !== false
  );
  const text = JSON.stringify([
    manifest.version,
    sortKeys(Object.fromEntries(content)),
    ...several,
  ]);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return `${words.toLowerCase().replace(/[^\w.+-]+/g, "-")}_${hash}`;
}

/** Copies a value with the keys of all objects sorted. */
function sortKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  return Object.fromEntries(
    Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1).map((
      [name, part],
    ) => [name, sortKeys(part)]),
  );
}
