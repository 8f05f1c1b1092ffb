import { z } from "zod";
import { setting } from "./setting.ts";

/** Flags that every command has. */
export const common = {
  debug: setting(z.boolean().optional(), "show the stack trace of an error"),
  help: setting(z.boolean().optional(), "show this help"),
};

/** Help goes before everything else, whatever the other arguments are. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}
