/** The bundle in browsers other than Chromium. The test skips what a machine lacks, and says so. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { temporaryFolder } from "../cli/command.ts";
import { answerOf, findFirefox, findWebKit, isolation } from "../portable/_browsers.ts";
import { bundleInto } from "../portable/_bundle.ts";
import { assertSameAsDeno, networksInDeno, type Output } from "../portable/_networks.ts";

const browsers = { Firefox: await findFirefox(), WebKitGTK: await findWebKit() };

for (const [kind, browser] of Object.entries(browsers)) {
  if (!browser) console.log(`not run: ${kind} is not installed, or it has no X server`);
  for (const isolated of [false, true]) {
    Deno.test({
      name: `a page in ${kind} trains as Deno does (${isolated ? "isolated" : "plain"})`,
      ignore: browser === undefined,
      async fn() {
        await using folder = await temporaryFolder();
        const files = {
          "/gspace.mjs": await bundleInto(folder.path),
          "/networks.mjs": "tests/portable/networks.mjs",
          "/page.js": "tests/portable/networks_page.js",
        };
        const headers = isolated ? isolation : {};
        const output = await answerOf<Output & { error?: string }>(browser!, files, headers);
        assertEquals(output.error, undefined);
        const verdict = assertSameAsDeno(output, await networksInDeno());
        const threads = isolated && browser!.sharesMemory ? "2 threads" : "no shared memory";
        assertStringIncludes(output.description, threads);
        console.log(`${browser!.name}, ${output.description}: ${verdict}`);
      },
    });
  }
}
