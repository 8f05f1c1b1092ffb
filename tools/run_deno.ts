import { CommandError } from "../cli/errors.ts";
import { offlineFlags } from "./offline_flags.ts";

/**
 * Runs a command of Deno on files of this repository, to do what `action` says.
 * @throws {CommandError} with its output if it fails
 */
export async function runDeno(
  action: string,
  [command = "", ...args]: readonly string[],
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command, "--no-lock", ...offlineFlags(), ...args],
  }).output();
  if (success) return;
  throw new CommandError(
    `Cannot ${action}: deno ${command}: ${
      [stderr, stdout].map((text) => new TextDecoder().decode(text)).join("")
    }`,
  );
}
