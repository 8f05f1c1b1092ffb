import { requestedHelp } from "./flags/common.ts";
import { type CommandHelp, formatHelp } from "./flags/help.ts";
import { exitCodeOfOutput, print } from "./output.ts";
import { flushToLauncher } from "./ranks/flush.ts";
import { reportError } from "./report_error.ts";

/** What a command does. */
interface Command {
  readonly help: () => CommandHelp | Promise<CommandHelp>;
  /** Resolves to the exit code. Default: 0, or 3 if output was lost. */
  readonly run: () => Promise<number | void>;
}

/** Runs a command, or prints its help. Errors are printed, and decide the exit code. */
export async function runCommand(
  args: readonly string[],
  { help, run }: Command,
): Promise<number> {
  try {
    const extent = requestedHelp(args);
    if (extent === undefined) return await run() ?? exitCodeOfOutput();
    print(formatHelp(await help(), extent));
    return exitCodeOfOutput();
  } catch (error) {
    const code = reportError(error, args.includes("--debug"));
    await flushToLauncher();
    return code;
  }
}
