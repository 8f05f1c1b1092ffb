/**
 * The command: `deno task train`, `explain`, `live` and `export`.
 * @module
 */
export { openRun, type Run } from "./results/open_run.ts";
import { nearestName } from "../graph/nearest_name.ts";
import { UsageError } from "./errors.ts";
import { explain } from "./explain.ts";
import { exportModel } from "./export/command.ts";
import { exportHelp } from "./export/help.ts";
import { asksForHelp } from "./flags/common.ts";
import { trimSlashes } from "./flags/values.ts";
import { live } from "./live.ts";
import { exitCodeOfOutput, note, print } from "./output.ts";
import { reportError } from "./report_error.ts";
import { checkRunFolder } from "./results/run_folder.ts";
import type { Config } from "./settings/config.ts";
import { explainHelp } from "./settings/explain_help.ts";
import { helpText } from "./settings/help.ts";
import { liveHelp, parseLiveFlags } from "./settings/live_flags.ts";
import { newConfig, readConfig, resumeConfig } from "./settings/resolve_config.ts";
import { parseTrainFlags, type TrainFlags } from "./settings/train_flags.ts";
import { train, type TrainRequest } from "./train.ts";
import { followsLength } from "./training/schedule.ts";

/** A command. */
interface Command {
  readonly help: () => string;
  readonly run: (args: readonly string[]) => Promise<void>;
}

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["train", { help: helpText, run: async (args) => train(await requestOf(parseTrainFlags(args))) }],
  ["explain", { help: explainHelp, run: async (args) => explain(await toExplain(args)) }],
  ["live", { help: liveHelp, run: (args) => live(parseLiveFlags(args)) }],
  ["export", { help: exportHelp, run: exportModel }],
]);

/** Runs the command and resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await run(args);
    return exitCodeOfOutput();
  } catch (error) {
    return reportError(error, args.includes("--debug"));
  }
}

async function run([name = "help", ...args]: readonly string[]): Promise<void> {
  if (["help", "--help", "-h"].includes(name)) return print(helpText());
  const command = commands.get(name);
  if (!command) {
    const names = [...commands.keys(), "help"];
    const nearest = nearestName(name, names);
    throw new UsageError(
      `Cannot run "${name}": commands are ${names.join(", ")}` +
        (nearest === undefined ? "" : `: did you mean "${nearest}"?`),
    );
  }
  // --help wins over all other arguments
  if (asksForHelp(args)) return print(command.help());
  await command.run(args);
}

/** `explain` does not train, so it rejects the flags that resume a run. */
function toExplain(args: readonly string[]): Promise<Config> {
  const { settings, config, resume, from } = parseTrainFlags(args);
  if (resume === undefined && from === undefined) return newConfig(settings, config);
  throw new UsageError(
    `Cannot use --${
      resume === undefined ? "from" : "resume"
    } with explain, which does not train: ` +
      "use --config FOLDER/config.json for the settings of a run",
  );
}

async function requestOf({ settings, config, resume, from }: TrainFlags): Promise<TrainRequest> {
  if (resume === undefined) {
    if (from === undefined) return { config: await newConfig(settings, config) };
    throw new UsageError("Cannot use --from without --resume: it selects a checkpoint of a run");
  }
  if (config !== undefined) {
    throw new UsageError("Cannot use --config with --resume: the run has its own config.json");
  }
  const path = trimSlashes(resume);
  await checkRunFolder(path);
  const stored = await readConfig(`${path}/config.json`);
  const resumed = resumeConfig(stored, settings);
  const changed = resumed.epochs !== stored.epochs || resumed.steps !== stored.steps;
  if (changed && followsLength(resumed)) {
    note(
      `warning: the ${resumed.schedule} schedule depends on the length of the run. The learning rates ` +
        "now follow the new length, so the result differs from a single run of that length",
    );
  }
  return { config: resumed, resume: path, ...(from !== undefined && { from }) };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
