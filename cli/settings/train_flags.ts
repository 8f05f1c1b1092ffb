import { z } from "zod";
import { trimSlashes } from "../../checkpoint/trim_slashes.ts";
import { UsageError } from "../errors.ts";
import { common } from "../flags/common.ts";
import { checkGiven, type Given } from "../flags/check_given.ts";
import { parseFlags } from "../flags/parse_flags.ts";
import { essential, flagName, optional } from "../flags/setting.ts";
import { file, folder } from "../flags/values.ts";
import { listed } from "../format.ts";
import { warn } from "../output.ts";
import { readRunSummary } from "../results/run_summary.ts";
import { changeable, type Config, configSchema, defaults } from "./config.ts";
import { readConfig } from "./config_file.ts";
import { explainSettings } from "./explain_help.ts";
import type { TrainRequest } from "../train.ts";
import { followsLength } from "../training/schedule.ts";
import { withoutNull } from "./without_null.ts";

const changeableFlags = listed([...changeable].map((name) => `--${flagName(name)}`));

/** Flags that are not settings of a run. */
export const others = {
  title: "Other",
  settings: {
    config: optional(file)`settings from a JSON file`,
    resume: essential(
      optional(folder)`resume the run in this folder, exactly as if it had not stopped; only
        ${changeableFlags} may change`,
      "resume the run in this folder",
    ),
    from: optional(z.int().nonnegative().meta({ placeholder: "STEPS" }))`with --resume: start from
      the checkpoint after this many steps instead of the newest; the later steps are dropped and
      run again`,
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

const trainSettings = { ...configSchema.shape, ...others.settings };

/** What the arguments of `explain` ask for. */
export interface ExplainRequest {
  readonly config: Config;
  /** The file for a picture of the skeleton. */
  readonly draw: string | null;
}

/**
 * The run that the arguments of `train` ask for.
 * @throws {UsageError} if a flag is unknown, its value breaks the rule, or flags contradict
 */
export async function requestedRun(args: readonly string[]): Promise<TrainRequest> {
  const parsed = parseFlags(trainSettings, args, { synonyms });
  const { config, resume, from } = parsed.values;
  const given = settingsIn(parsed.given);
  if (resume === null) {
    if (from === null) return { config: withFlags(given, await baseConfig(config)) };
    throw new UsageError("Cannot use --from without --resume: it selects a checkpoint of a run");
  }
  if (config !== null) {
    throw new UsageError("Cannot use --config with --resume: the run has its own config.json");
  }
  const path = trimSlashes(resume);
  await readRunSummary(path, "resume");
  const stored = await readConfig(`${path}/config.json`);
  const resumed = resumeConfig(stored, given);
  warnOfSchedule(stored, resumed);
  return { config: resumed, resume: path, ...withoutNull({ from }) };
}

/**
 * What the arguments of `explain` ask for. It does not train, so it rejects the flags that resume a
 * run.
 * @throws {UsageError} as `requestedRun` does
 */
export async function requestedExplanation(args: readonly string[]): Promise<ExplainRequest> {
  const all = { ...trainSettings, ...explainSettings };
  const { values: { config, resume, from, draw }, given } = parseFlags(all, args, { synonyms });
  if (resume === null && from === null) {
    return { config: withFlags(settingsIn(given), await baseConfig(config)), draw };
  }
  throw new UsageError(
    `Cannot use --${resume === null ? "from" : "resume"} with explain, which does not train: ` +
      "use --config FOLDER/config.json for the settings of a run",
  );
}

/** The settings of a run among the flags. */
function settingsIn(given: Given): Given {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name in configSchema.shape));
}

/** The settings of a new run before those of its flags. */
async function baseConfig(file: string | null): Promise<Config> {
  return file === null ? defaults : await readConfig(file);
}

/**
 * The config of a run that is resumed.
 * @throws {UsageError} if a given setting must not change
 */
export function resumeConfig(stored: Config, given: Given): Config {
  for (const name of Object.keys(given)) {
    if (changeable.has(name)) continue;
    throw new UsageError(
      `Cannot use --${
        flagName(name)
      } with --resume: only ${changeableFlags} can change when a run resumes`,
    );
  }
  return withFlags(given, stored);
}

/** The config with the settings of the flags. Given epochs replace the steps of `base`. */
function withFlags(given: Given, base: Config): Config {
  if ("steps" in given && "epochs" in given) {
    throw new UsageError("Cannot use --steps with --epochs: use only one of them");
  }
  const before = "epochs" in given ? { ...base, steps: null } : base;
  return checkGiven(configSchema, { given, base: isPlaced(given) ? withoutPlace(before) : before });
}

function isPlaced(given: Given): boolean {
  return "name" in given || "out" in given;
}

/** The folder in a run's config.json is that run's, and so is the name beside it. */
function withoutPlace(config: Config): Config {
  return config.out === null ? config : { ...config, out: null, name: null };
}

function warnOfSchedule(stored: Config, resumed: Config): void {
  const changed = resumed.epochs !== stored.epochs || resumed.steps !== stored.steps;
  if (!changed || !followsLength(resumed)) return;
  warn(
    `the ${resumed.schedule} schedule depends on the length of the run. The learning rates ` +
      "now follow the new length, so the result differs from a single run of that length",
  );
}
