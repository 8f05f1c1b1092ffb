import { permissionsOf } from "../cli/command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

/**
 * Starts the small study in a process of its own. That process has the permissions of the command
 * and no others, which is why this is in another file than the study: finding them takes more.
 */
export function startStudy(out: string, ...flags: readonly string[]): Deno.ChildProcess {
  return startStudyOf("small", out, ...flags);
}

/** The same with another study of that file. */
export function startStudyOf(
  what: string,
  out: string,
  ...flags: readonly string[]
): Deno.ChildProcess {
  const args = [what, "--scale=smoke", "--device=cpu", "--jobs=2", "--out", out, ...flags];
  return new Deno.Command(Deno.execPath(), {
    cwd: new URL("../../", import.meta.url),
    args: [
      "run",
      ...offlineFlags(),
      "--no-prompt",
      ...permissionsOf(["reproduce", ...args]),
      new URL("./small_study.ts", import.meta.url).href,
      ...args,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
