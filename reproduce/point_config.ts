import manifest from "../deno.json" with { type: "json" };
import { createHash } from "node:crypto";
import { checkTogether } from "../cli/settings/check_together.ts";
import type { Config } from "../cli/settings/config.ts";
import { checkConfig } from "../cli/settings/resolve_config.ts";
import type { RunPoint } from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import type { Request } from "./flags.ts";

/**
 * The settings of one run, checked, with all defaults.
 * @throws {UsageError} if the config file asks for what cannot be
 */
export function configOf(point: RunPoint, { what }: Experiment, request: Request): Config {
  const path = `reproduce/configs/${what}.json`;
  const given = { ...point.settings, ...dataSettings(request) };
  const config = checkConfig(given, { kind: "file", path });
  checkTogether(config);
  return config;
}

/** Where this machine has its data. */
export function dataSettings(
  { dataDir, cacheDir, allowUnverified }: Request,
): Partial<Config> {
  return {
    allowUnverified,
    ...(dataDir !== undefined && { dataDir }),
    ...(cacheDir !== undefined && { cacheDir }),
  };
}

/** Settings that say where and how visibly a run is done, not what comes out. */
const incidental: ReadonlySet<string> = new Set(
  [
    "allowUnverified",
    "cacheDir",
    "checkpointEvery",
    "dataDir",
    "device",
    "json",
    "keepCheckpoints",
    "live",
    "livePort",
    "log",
    "out",
    "perClass",
    "quiet",
    "threads",
  ] satisfies (keyof Config)[],
);

/**
 * A name for a run: what it is for people, and a hash of all its settings and of this version. Two
 * experiments that ask for one configuration get one name, however they write it.
 */
export function pointName(config: Config): string {
  const { model, dataset, optimizer, seed } = config;
  const words = [model, dataset, optimizer.join("-"), `seed-${seed}`].join("_").toLowerCase();
  const content = Object.entries(config).filter(([name]) => !incidental.has(name));
  const text = JSON.stringify([manifest.version, sortKeys(Object.fromEntries(content))]);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return `${words.replace(/[^\w.+-]+/g, "-")}_${hash}`;
}

/** The same value with the keys of all its objects in order. */
function sortKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  return Object.fromEntries(
    Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1).map((
      [name, part],
    ) => [name, sortKeys(part)]),
  );
}
