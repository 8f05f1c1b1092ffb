import { z } from "zod";
import { trimSlashes } from "../checkpoint/trim_slashes.ts";
import { UsageError } from "../cli/errors.ts";
import { common } from "../cli/flags/common.ts";
import { parseFlags, type Values } from "../cli/flags/parse_flags.ts";
import { essential, optional, setting, toggle } from "../cli/flags/setting.ts";
import { folder, text } from "../cli/flags/values.ts";
import { configSchema } from "../cli/settings/config.ts";
import { scale } from "./schemas.ts";
import { shardSchema, shardText } from "./shard.ts";

/** These settings are the same for each run. */
const { device, dataDir, cacheDir, allowUnverified } = configSchema.shape;

const command = text("COMMAND", "a command with {} for the number of ranks").includes("{}");

/** The flags of `reproduce`. */
export const flagSettings = {
  scale: essential(
    setting(scale.default("laptop"))`smoke: a minute, on the data included in Gspace; laptop: hours
      on two cores; paper: the paper's own setting, for a GPU`,
    "a minute, hours on two cores, or as in the paper",
  ),
  out: essential(
    setting(folder.default("runs/reproduce"))`parent folder; each experiment gets a folder
      WHAT-SCALE in it`,
    "parent folder of the results",
  ),
  phase: optional(z.enum(["tune", "write"]))`tune: only the runs of the hyperparameter search;
    write: no runs, only the tables and figures of those that are done [everything]`,
  shard: optional(shardSchema)`only the Ith of N parts of the runs, for job arrays: first with
    --phase tune, if there is a search; at the end, the command without --shard writes the results
    [all]`,
  launcher: optional(command)`command that starts the processes of runs on several ranks, such as
    "mpirun -n {}" (fig6); needs reproduce-native`,
  jobs: essential(optional(z.int().positive().max(9999))`number of runs at the same time [one per
    core; one on a GPU]`),
  open: toggle`open each page with figures in a browser, once it is written`,
  ...{ device, dataDir, cacheDir, allowUnverified },
  ...common,
};

/** The parsed command line. */
export interface Request extends Omit<Values<typeof flagSettings>, "help"> {
  /** Names of tables and figures; empty if none were given. */
  readonly names: readonly string[];
}

/**
 * Reads the command line.
 * @throws {UsageError} if a flag is unknown, has an invalid value, or does not go with another
 */
export function parseRequest(args: readonly string[]): Request {
  const { values, rest } = parseFlags(flagSettings, args, { positional: true });
  if (values.phase === "write" && values.shard !== null) {
    throw new UsageError(
      `Cannot use --shard ${
        shardText(values.shard)
      } with --phase write: a shard writes no tables: ` +
        "use one of them",
    );
  }
  return { ...values, names: rest, out: trimSlashes(values.out) };
}
