/**
 * The command `deno task npm`: builds the package for npm.
 * @module
 */
import { trimSlashes } from "../../checkpoint/trim_slashes.ts";
import { common } from "../../cli/flags/common.ts";
import { parseFlags } from "../../cli/flags/parse_flags.ts";
import type { CommandHelp } from "../../cli/flags/help.ts";
import { setting } from "../../cli/flags/setting.ts";
import { folder } from "../../cli/flags/values.ts";
import { print } from "../../cli/output.ts";
import { runCommand } from "../../cli/run_command.ts";
import { buildPackage } from "./build_package.ts";

const settings = {
  out: setting(folder.default("runs/npm"))`folder for the package`,
  ...common,
};

/** Runs the command and resolves to its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runCommand(args, {
    help: () => npmHelp,
    async run() {
      const out = trimSlashes(parseFlags(settings, args).values.out);
      await buildPackage(out);
      print(out);
    },
  });
}

/** What `npm --help` says. */
export const npmHelp: CommandHelp = {
  about: ["Builds the package of Gspace for npm, with types, for Node and bundlers."],
  usage: ["deno task npm [flags]"],
  groups: [{ title: "Flags", settings }],
  notes: [
    "It prints the folder, which `npm publish` and `npm pack` take. Commands, servers, figures, and " +
    "metrics.jsonl are not in it: they need Deno or other packages.",
  ],
  exitCodes: "0 success, 1 failure, 2 invalid flags, 3 success, but writing to standard output " +
    "failed.",
};

if (import.meta.main) Deno.exit(await main(Deno.args));
