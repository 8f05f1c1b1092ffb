import { CommandError } from "../cli/errors.ts";

/** Whether this command runs without access to JSR, with the stand-ins of `tools/offline`. */
const isOffline = import.meta.resolve("@std/assert").startsWith("file:");

/**
 * Runs a command of Deno on files of this repository, to do what `action` says.
 * @throws {CommandError} with its output if it fails
 */
export async function runDeno(
  action: string,
  [command = "", ...args]: readonly string[],
): Promise<void> {
  const map = isOffline ? ["--import-map=tools/offline/import_map.json"] : [];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command, "--no-lock", ...map, ...args],
  }).output();
  if (success) return;
  throw new CommandError(
    `Cannot ${action}: deno ${command}: ${
      [stderr, stdout].map((text) => new TextDecoder().decode(text)).join("")
    }`,
  );
}
