/**
 * The command: `deno task train`, `explain`, `live` and `export`.
 * @module
 */
export { openRun, type Run } from "./results/open_run.ts";
import { nearestName } from "../graph/nearest_name.ts";
import { UsageError } from "./errors.ts";
import { explain } from "./explain.ts";
import { exportModel } from "./export/command.ts";
import { exportHelp } from "./export/flags.ts";
import { asksForHelp } from "./flags/common.ts";
import { live } from "./live.ts";
import { exitCodeOfOutput, print } from "./output.ts";
import { reportError } from "./report_error.ts";
import { explainHelp } from "./settings/explain_help.ts";
import { helpText } from "./settings/help.ts";
import { liveHelp, parseLiveFlags } from "./settings/live_flags.ts";
import { requestedConfig, requestedRun } from "./settings/train_flags.ts";
import { train } from "./train.ts";

/** A command. */
interface Command {
  readonly help: () => string;
  readonly run: (args: readonly string[]) => Promise<void>;
}

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["train", { help: helpText, run: async (args) => train(await requestedRun(args)) }],
  ["explain", { help: explainHelp, run: async (args) => explain(await requestedConfig(args)) }],
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

if (import.meta.main) Deno.exit(await main(Deno.args));
