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

/** Settings that may change when a run resumes: its length, the device, paths, and output. */
export const changeable: ReadonlySet<string> = new Set(names);

/** The same settings as flags, for messages. */
export const changeableFlags: string = listed(names.map((name) => `--${flagName(name)}`));
