/** Runs the command on a terminal, as script(1) makes it. */
import { permissionsOf } from "./command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

/** What a terminal got from the command. `NO_COLOR` is empty unless `env` sets it. */
export async function onTerminal(
  args: readonly string[],
  { columns = 80, env = {}, after = "" }: {
    readonly columns?: number;
    readonly env?: Readonly<Record<string, string>>;
    /** Redirections by the shell. */
    readonly after?: string;
  } = {},
): Promise<string> {
  const run = [
    "run",
    "--quiet",
    "--no-prompt",
    ...offlineFlags(),
    ...permissionsOf(args),
    "cli/main.ts",
  ];
  const words = [Deno.execPath(), ...run, ...args].map((word) => `'${word}'`).join(" ");
  const { stdout } = await new Deno.Command("script", {
    cwd: new URL("../../", import.meta.url),
    args: ["-qec", `stty cols ${columns} rows 24; ${words} ${after}`, "/dev/null"],
    env: { TERM: "xterm", NO_COLOR: "", ...env },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
