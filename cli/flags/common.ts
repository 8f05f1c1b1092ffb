import { z } from "zod";
import type { HelpExtent } from "./help.ts";
import { optional, setting, toggle } from "./setting.ts";
import { text } from "./values.ts";

/** Flags that every command has. */
export const common = {
  debug: setting(z.boolean().optional(), "show the stack trace of an error"),
  help: setting(z.boolean().optional().meta({ placeholder: "[all]" }), {
    brief: "show this help; --help all shows every flag",
  }),
};

/** Which weights of a run to use. */
export const weightsOfRun = {
  optimizer: optional(text("NAME", "an optimizer of the run"), {
    brief: "whose weights, if the run compared several",
    help: "whose weights, if the run compared several optimizers",
  }),
  best: toggle({
    brief: "the weights with the lowest validation error",
    help: "the weights with the lowest validation error, not the last ones",
  }),
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
