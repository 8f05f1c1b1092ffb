import { z } from "zod";
import { type Flag, flagsOf, type SettingGroup } from "../flags/setting.ts";
import { data } from "./rows/data.ts";
import { gsgd } from "./rows/gsgd.ts";
import { model } from "./rows/model.ts";
import { optimizer } from "./rows/optimizer.ts";
import { run } from "./rows/run.ts";

export type { PerArm } from "./rows/optimizer.ts";

/** All settings, as the help shows them. */
export const settingGroups = [model, data, optimizer, gsgd, run] satisfies SettingGroup[];

/** The schema of a config: one row for each setting, in `rows/`. */
export const configSchema = z.strictObject({
  ...model.settings,
  ...data.settings,
  ...optimizer.settings,
  ...gsgd.settings,
  ...run.settings,
});

/** Everything that decides a run. `null` means: not given, see the help for what applies then. */
export type Config = Readonly<z.infer<typeof configSchema>>;

/** The settings of a run without flags: section 5.2 of the paper, a few epochs. */
export const defaults: Config = configSchema.parse({});

/** All settings as flags. */
export const settings: readonly Flag[] = flagsOf(configSchema.shape);
