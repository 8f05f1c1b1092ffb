import { asksForHelp } from "./flags/common.ts";
import { exitCodeOfOutput, print } from "./output.ts";
import { reportError } from "./report_error.ts";

/** What a command does. */
interface Command {
  readonly help: () => string | Promise<string>;
  /** Resolves to the exit code. Default: 0, or 3 if output was lost. */
  readonly run: () => Promise<number | void>;
}

/** Runs a command, or prints its help. Errors are printed, and decide the exit code. */
export async function runCommand(
  args: readonly string[],
  { help, run }: Command,
): Promise<number> {
  try {
    if (!asksForHelp(args)) return await run() ?? exitCodeOfOutput();
    print(await help());
    return exitCodeOfOutput();
  } catch (error) {
    return reportError(error, args.includes("--debug"));
  }
}
