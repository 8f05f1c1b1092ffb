import { z } from "zod";
import type { HelpExtent } from "./help.ts";
import { essential, optional, setting, toggle } from "./setting.ts";
import { text } from "./values.ts";

/** Flags that every command has. */
export const common = {
  debug: setting(z.boolean().optional())`show the stack trace of an error`,
  help: essential(setting(z.boolean().optional().meta({ placeholder: "[all]" }))`show this help;
    --help all shows every flag`),
};

/** Which weights of a run to use. */
export const weightsOfRun = {
  optimizer: essential(
    optional(text("NAME", "an optimizer of the run"))`whose weights, if the run compared several
      optimizers`,
    "whose weights, if the run compared several",
  ),
  best: essential(
    toggle`the weights with the lowest validation error, not the last ones`,
    "the weights with the lowest validation error",
  ),
};

/**
 * How much help the arguments ask for, if they do: `--help`, `-h`, or `--help all`. Help goes before
 * everything else, whatever the other arguments are.
 */
export function requestedHelp(args: readonly string[]): HelpExtent | undefined {
  if (args.includes("--help=all")) return "all";
  const at = args.findIndex((arg) => arg === "--help" || arg === "-h");
  if (at < 0) return undefined;
  return args[at + 1] === "all" ? "all" : "short";
}
