/**
 * The command `deno task site`: builds the site of the project, with pages that compute.
 * @module
 */
import { z } from "zod";
import { trimSlashes } from "../checkpoint/trim_slashes.ts";
import { common } from "../cli/flags/common.ts";
import { parseFlags } from "../cli/flags/parse_flags.ts";
import type { CommandHelp } from "../cli/flags/help.ts";
import { setting, toggle } from "../cli/flags/setting.ts";
import { folder } from "../cli/flags/values.ts";
import { openPage } from "../cli/open_page.ts";
import { print } from "../cli/output.ts";
import { runCommand } from "../cli/run_command.ts";
import { buildSite } from "./build.ts";

const settings = {
  out: setting(folder.default("runs/www"))`folder for the site`,
  open: toggle`open the site in a browser`,
  api: setting(z.boolean().default(true))`add the API reference, which has 60 MB`,
  ...common,
};

/** Runs the command and resolves to its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runCommand(args, {
    help: () => siteHelp,
    async run() {
      const { values: { out, api, open } } = parseFlags(settings, args);
      const index = await buildSite({ out: trimSlashes(out), api });
      print(index);
      if (open) await openPage(index);
    },
  });
}

/** What `site --help` says. */
export const siteHelp: CommandHelp = {
  about: ["Builds the site of Gspace, with pages that compute in the browser."],
  usage: ["deno task site [flags]"],
  groups: [{ title: "Flags", settings }],
  notes: ["The pages need neither a server nor a network: open the printed file in a browser."],
  exitCodes: "0 success, 1 failure, 2 invalid flags, 3 success, but writing to standard output " +
    "failed.",
};

if (import.meta.main) Deno.exit(await main(Deno.args));
