import { z } from "zod";
import { nearestName } from "../../graph/nearest_name.ts";
import { UsageError } from "../errors.ts";
import { checkGiven, type Given } from "../flags/check_given.ts";
import { type Flag, flagsOf, namesMarked, type SettingGroup } from "../flags/setting.ts";
import { data } from "./rows/data.ts";
import { gsgd } from "./rows/gsgd.ts";
import { model } from "./rows/model.ts";
import { optimizer } from "./rows/optimizer.ts";
import { run } from "./rows/run.ts";

/** All settings, as the help shows them. */
export const settingGroups: readonly SettingGroup[] = [
  { title: "Model and initialization", settings: model },
  { title: "Data", settings: data },
  { title: "Optimizer", settings: optimizer },
  { title: "G-SGD", settings: gsgd },
  { title: "Run", settings: run },
];

/** The schema of a config: one row for each setting, in `rows/`. */
export const configSchema = z.strictObject({ ...model, ...data, ...optimizer, ...gsgd, ...run });

/** Everything that decides a run. `null` means: not given, see the help for what applies then. */
export type Config = Readonly<z.infer<typeof configSchema>>;

/** The settings of a run without flags: section 5.2 of the paper, a few epochs. */
export const defaults: Config = configSchema.parse({});

/** Whether a run serves the live page: a port implies it. */
export function servesLivePage({ live, livePort }: Pick<Config, "live" | "livePort">): boolean {
  return live || livePort !== null;
}

/** All settings as flags. */
export const settings: readonly Flag[] = flagsOf(configSchema.shape);

/** Settings that may change when a run resumes: its length, the device, paths, and output. */
export const changeable: ReadonlySet<string> = namesMarked(configSchema.shape, "changeable");

/** Settings that do not affect the results of a run, such as paths and display. */
export const incidental: ReadonlySet<string> = namesMarked(configSchema.shape, "incidental");

/**
 * The config with the settings of a file, and the defaults of all others.
 * @throws {UsageError} naming the setting, its rule and its value
 */
export function checkConfig(given: Given, path: string): Config {
  for (const name of Object.keys(given)) {
    if (!(name in configSchema.shape)) throw unknownSetting(name, path);
  }
  return checkGiven(configSchema, { given, file: path });
}

function unknownSetting(name: string, path: string): UsageError {
  const names = Object.keys(configSchema.shape);
  const nearest = nearestName(name, names);
  const suggestion = nearest === undefined
    ? `settings are ${names.join(", ")}`
    : `did you mean "${nearest}"?`;
  return new UsageError(`Cannot use "${name}" of ${path}: there is no such setting: ${suggestion}`);
}
