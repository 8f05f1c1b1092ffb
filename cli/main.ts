/**
 * The command: `deno task train`, `deno task explain` and `deno task export`.
 * @module
 */
export { openRun, type Run } from "./results/open_run.ts";
import { UsageError } from "./errors.ts";
import { explain } from "./explain.ts";
import { exportModel } from "./export/command.ts";
import { helpText } from "./settings/help.ts";
import { live } from "./live.ts";
import { parseLiveFlags } from "./settings/live_flags.ts";
import { parseFlags } from "./settings/parse_flags.ts";
import { newConfig, readConfig, resumeConfig } from "./settings/resolve_config.ts";
import { checkRunFolder } from "./results/run_folder.ts";
import { reportError } from "./report_error.ts";
import { followsLength } from "./training/schedule.ts";
import { train, type TrainRequest } from "./train.ts";
import type { Flags } from "./settings/parse_flags.ts";
import { nearestName } from "../datasets/nearest_name.ts";

const commands = ["train", "explain", "live", "export", "help"];

/** Runs the command with these arguments; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await run(args);
    return 0;
  } catch (error) {
    return reportError(error, args.includes("--debug"));
  }
}

async function run([command = "help", ...args]: readonly string[]): Promise<void> {
  if (!commands.includes(command) && command !== "--help" && command !== "-h") {
    const nearest = nearestName(command, commands);
    throw new UsageError(
      `Cannot run "${command}": commands are ${commands.join(", ")}` +
        (nearest === undefined ? "" : `: did you mean "${nearest}"?`),
    );
  }
  if (command === "live" && !args.includes("--help") && !args.includes("-h")) {
    return await live(parseLiveFlags(args));
  }
  if (command === "export") return await exportModel(args);
  const flags = parseFlags(command === "train" || command === "explain" ? args : ["--help"]);
  if (flags.help) {
    console.log(helpText());
    return;
  }
  if (command === "train") await train(await requestOf(flags));
  else await explain(await newConfig(flags.settings, flags.config));
}

async function requestOf({ settings, config, resume, from }: Flags): Promise<TrainRequest> {
  if (resume === undefined) {
    if (from === undefined) return { config: await newConfig(settings, config) };
    throw new UsageError("Cannot use --from without --resume: it names a checkpoint of a run");
  }
  if (config !== undefined) {
    throw new UsageError("Cannot use --config with --resume: the run has its own config.json");
  }
  const path = resume.replace(/(.)[\\/]+$/, "$1");
  await checkRunFolder(path);
  const stored = await readConfig(`${path}/config.json`);
  const resumed = resumeConfig(stored, settings);
  const changed = resumed.epochs !== stored.epochs || resumed.steps !== stored.steps;
  if (changed && followsLength(resumed)) {
    console.error(
      `warning: the ${resumed.schedule} schedule follows the length of the run: from here on, rates ` +
        "are those of the new length, and the result is not that of one run of this length",
    );
  }
  return { config: resumed, resume: path, ...(from !== undefined && { from }) };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
