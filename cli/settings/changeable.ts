import { listed } from "../display.ts";
import type { Config } from "./config.ts";
import { flagName } from "../flags/setting.ts";

const names = [
  "epochs",
  "steps",
  "patience",
  "dataDir",
  "cacheDir",
  "device",
  "threads",
  "checkpointEvery",
  "keepCheckpoints",
  "log",
  "perClass",
  "live",
  "livePort",
  "quiet",
  "json",
] satisfies (keyof Config)[];

/** What may change when a run is resumed: how long, where, from where, and what is kept and shown. */
export const changeable: ReadonlySet<string> = new Set(names);

/** The same as flags, for people. */
export const changeableFlags: string = listed(names.map((name) => `--${flagName(name)}`));
