/**
 * The command: `deno task train`, `explain`, `live`, `export`, and `predict`.
 * @module
 */
export { openRun, type Run } from "./results/open_run.ts";
import { didYouMean } from "../graph/nearest_name.ts";
import { UsageError } from "./errors.ts";
import { explain } from "./explain.ts";
import { exportModel } from "./export/command.ts";
import { exportHelp } from "./export/flags.ts";
import type { CommandHelp } from "./flags/help.ts";
import { live } from "./live.ts";
import { predict } from "./predict/command.ts";
import { predictHelp } from "./predict/flags.ts";
import { runCommand } from "./run_command.ts";
import { explainHelp } from "./settings/explain_help.ts";
import { trainHelp } from "./settings/help.ts";
import { liveHelp, parseLiveFlags } from "./settings/live_flags.ts";
import { requestedExplanation, requestedRun } from "./settings/train_flags.ts";
import { trainOnRanks } from "./train.ts";

/** A command. */
interface Command {
  readonly help: CommandHelp;
  readonly run: (args: readonly string[]) => Promise<void>;
}

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["train", { help: trainHelp, run: (args) => trainOnRanks(() => requestedRun(args)) }],
  ["explain", {
    help: explainHelp,
    run: async (args) => explain(await requestedExplanation(args)),
  }],
  ["predict", { help: predictHelp, run: predict }],
  ["live", { help: liveHelp, run: (args) => live(parseLiveFlags(args)) }],
  ["export", { help: exportHelp, run: exportModel }],
]);

/** Runs the command and resolves to the exit code. */
export async function main([name = "help", ...args]: readonly string[]): Promise<number> {
  const isHelp = ["help", "--help", "-h"].includes(name);
  const command = isHelp ? undefined : commands.get(name);
  return await runCommand(isHelp ? ["--help", ...args] : args, {
    help: () => command?.help ?? trainHelp,
    run: async () => {
      if (!command) throw unknownCommand(name);
      await command.run(args);
    },
  });
}

function unknownCommand(name: string): UsageError {
  const names = [...commands.keys(), "help"];
  return new UsageError(
    `Cannot run "${name}": commands are ${names.join(", ")}${didYouMean(name, names)}`,
  );
}

if (import.meta.main) Deno.exit(await main(Deno.args));
