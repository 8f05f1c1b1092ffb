import { assertEquals, assertLess } from "@std/assert";
import { temporaryFolder } from "../cli/command.ts";

const { success: hasNode, stdout: version } = await new Deno.Command("node", {
  args: ["--version"],
}).output().catch(() => ({ success: false, stdout: new Uint8Array() }));
if (!hasNode) console.log("note: node is not installed, so the library is not run in it");

async function run(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: `a bundle of the library trains with G-SGD in Node ${new TextDecoder().decode(version)}`
    .trim(),
  ignore: !hasNode,
  fn: async () => {
    await using folder = await temporaryFolder();
    const bundle = `${folder.path}/gspace.mjs`;
    const offline = import.meta.resolve("@std/assert").startsWith("file:");
    const flags = offline ? ["--import-map=tools/offline/import_map.json"] : [];
    await run(Deno.execPath(), ["bundle", "-q", "--no-lock", ...flags, "-o", bundle, "mod.ts"]);
    const program = new URL("node_program.mjs", import.meta.url).pathname;
    assertLess(Number(await run("node", [program, bundle])), 0.1);
  },
});
