import { assertEquals } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import * as gs from "../../mod.ts";
import { train } from "./xor.mjs";
import { offlineFlags } from "../../tools/offline_flags.ts";

/** Runs a command, with additional environment variables, and returns what it prints. */
export async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { args: [...args], env: { ...env } };
  const { code, stdout, stderr } = await new Deno.Command(command, options).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assertEquals(code, 0, text);
  return new TextDecoder().decode(stdout);
}

/**
 * Bundles the library, or another program, for browsers into a file of this folder, and returns its
 * path.
 */
export async function bundleInto(folder: string, entry = "mod.ts"): Promise<string> {
  const bundle = `${folder}/gspace.mjs`;
  await run(Deno.execPath(), [
    ...["bundle", "-q", "--no-lock", "--platform=browser"],
    ...[...offlineFlags(), "-o", bundle, entry],
  ]);
  return bundle;
}

/** The losses of the program in Deno, without instructions that the other engine may lack. */
export async function lossesInDeno(steps: number, relaxedSimd: boolean): Promise<number[]> {
  using backend = openCpu({ threads: 1, relaxedSimd });
  return await train(gs, backend, steps);
}
