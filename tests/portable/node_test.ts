import { assertEquals, assertLess } from "@std/assert";
import { temporaryFolder } from "../cli/command.ts";
import { bundleInto, lossesInDeno, run } from "./_bundle.ts";

const version = await run("node", ["--version"]).catch(() => undefined);
if (version === undefined) console.log("note: node is not installed: the library is not run in it");

Deno.test({
  name: `a bundle of the library trains in Node ${version ?? ""} as in Deno`.replaceAll("\n", ""),
  ignore: version === undefined,
  fn: async () => {
    await using folder = await temporaryFolder();
    const program = `${import.meta.dirname}/node_program.mjs`;
    const result = await run("node", [program, await bundleInto(folder.path)]);
    const { losses, description } = JSON.parse(result);
    assertLess(losses.at(-1), 0.1);
    assertEquals(losses, await lossesInDeno(200, description.includes("relaxed")));
  },
});
