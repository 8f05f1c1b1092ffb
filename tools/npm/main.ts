/**
 * The command `deno task npm`: builds the package for npm.
 * @module
 */
import { common } from "../../cli/flags/common.ts";
import { defineFlags } from "../../cli/flags/define_flags.ts";
import { rowsOf, section } from "../../cli/flags/help.ts";
import { setting } from "../../cli/flags/setting.ts";
import { folder, trimSlashes } from "../../cli/flags/values.ts";
import { print } from "../../cli/output.ts";
import { runCommand } from "../../cli/run_command.ts";
import { buildPackage } from "./build_package.ts";

const settings = {
  out: setting(folder.default("runs/npm"), "folder for the package"),
  ...common,
};

const flags = defineFlags(settings);

/** Runs the command and resolves to its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runCommand(args, {
    help: () => help,
    async run() {
      const out = trimSlashes(flags.parse(args).values.out);
      await buildPackage(out);
      print(out);
    },
  });
}

const help = `Build the package of Gspace for npm, with types, for Node and bundlers.

  deno task npm [--out FOLDER]

${section("Flags", rowsOf(settings))}
It prints the folder, which \`npm publish\` and \`npm pack\` take. Commands, servers, figures, and
metrics.jsonl are not in it: they need Deno or other packages.

Exit codes: 0 success, 1 failure, 2 invalid flags, 3 success, but writing to standard output failed.
`;

if (import.meta.main) Deno.exit(await main(Deno.args));
