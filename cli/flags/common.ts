import { z } from "zod";
import type { HelpExtent } from "./help.ts";
import { essential, setting } from "./setting.ts";

const helpHelp = "show this help; --help all shows every flag";

/** Flags that every command has. */
export const common = {
  debug: setting(z.boolean().optional(), "show the stack trace of an error"),
  help: essential(
    setting(z.boolean().optional().meta({ placeholder: "[all]" }), helpHelp),
    helpHelp,
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
