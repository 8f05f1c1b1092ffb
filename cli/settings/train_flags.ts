import { z } from "zod";
import { checkGiven } from "../flags/check.ts";
import { common } from "../flags/common.ts";
import { defineFlags } from "../flags/define_flags.ts";
import { flagsOf, setting } from "../flags/setting.ts";
import { file, folder } from "../flags/values.ts";
import { changeableFlags } from "./changeable.ts";
import { configSchema } from "./config.ts";

/** Flags that are not settings of a run. */
export const others = {
  title: "Other",
  settings: {
    config: setting(file.optional(), "settings from a JSON file"),
    resume: setting(
      folder.optional(),
      `resume the run in this folder, exactly as if it had not stopped; only ${changeableFlags} may change`,
    ),
    from: setting(
      z.int().nonnegative().meta({ placeholder: "STEPS" }).optional(),
      "with --resume: start from the checkpoint after this many steps instead of the newest; what the run did after it is dropped and done again",
    ),
    ...common,
  },
};

/** Names of flags in other tools. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["learning-rate", "lr"],
  ["batch-size", "batch"],
  ["optim", "optimizer"],
  ["output", "out"],
  ["data", "dataset"],
  ["max-steps", "steps"],
  ["wd", "weight-decay"],
  ["gpu", "device"],
  ["cpu", "device"],
]);

const flags = defineFlags({ ...configSchema.shape, ...others.settings }, { synonyms });

/** The command line of `train` and `explain`. */
export interface TrainFlags {
  /** Settings that were given, by name, not yet checked. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly config?: string | undefined;
  readonly resume?: string | undefined;
  /** Number of steps after which the checkpoint to resume from was written. */
  readonly from?: number | undefined;
}

/**
 * Reads the flags of `train` and `explain`.
 * @throws {UsageError} if a flag is unknown or has no value
 */
export function parseTrainFlags(args: readonly string[]): TrainFlags {
  const { given } = flags.read(args);
  const entries = Object.entries(given);
  const isSetting = ([name]: readonly [string, unknown]) => name in configSchema.shape;
  const rest = Object.fromEntries(entries.filter((entry) => !isSetting(entry)));
  const { config, resume, from } = checkGiven(
    z.object(others.settings),
    flagsOf(others.settings),
    { given: rest },
  );
  return { settings: Object.fromEntries(entries.filter(isSetting)), config, resume, from };
}
