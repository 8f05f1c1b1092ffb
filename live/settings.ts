import type { RunInfo } from "./find_runs.ts";

/** Settings that do not affect results, or that the page shows in other columns. */
const unshown: ReadonlySet<string> = new Set([
  "optimizer",
  ...["name", "out", "open", "cacheDir", "dataDir", "live", "livePort", "quiet", "json", "log"],
  ...[
    "logEvery",
    "layersEvery",
    "checkpointEvery",
    "keepCheckpoints",
    "perClass",
    "telemetry",
    "threads",
  ],
]);

/** Settings by name. */
export type SettingValues = Readonly<Record<string, unknown>>;

/**
 * The settings in which runs differ, by run: those whose values are not the same in all runs, and
 * those that differ between the optimizers of a run.
 */
export function changedSettings(
  runs: readonly Pick<RunInfo, "id" | "config">[],
): ReadonlyMap<string, SettingValues> {
  const names = new Set(runs.flatMap(({ config }) => Object.keys(config)));
  const changed = [...names].filter((name) => {
    if (unshown.has(name)) return false;
    const texts = new Set(runs.map(({ config }) => JSON.stringify(config[name] ?? null)));
    return texts.size > 1 || runs.some(({ config }) => differsWithin(config[name]));
  });
  return new Map(runs.map(({ id, config }) => [
    id,
    Object.fromEntries(changed.map((name) => [name, config[name] ?? null])),
  ]));
}

/** Whether a setting has different values for its optimizers. */
function differsWithin(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return new Set(Object.values(value).map((each) => JSON.stringify(each))).size > 1;
}
