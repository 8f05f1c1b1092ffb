import { listed } from "../display.ts";
import { flagName, namesMarked } from "../flags/setting.ts";
import { configSchema } from "./config.ts";

const names = namesMarked(configSchema.shape, "changeable");

/** Settings that may change when a run resumes: its length, the device, paths, and output. */
export const changeable: ReadonlySet<string> = new Set(names);

/** The same settings as flags, for messages. */
export const changeableFlags: string = listed(names.map((name) => `--${flagName(name)}`));
