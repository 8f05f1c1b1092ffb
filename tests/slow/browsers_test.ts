/** The bundle in other browsers, and on WebGPU in Chromium. The test skips what a machine lacks, and says so. */
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { temporaryFolder } from "../cli/command.ts";
import {
  answerOf,
  findChromiumWithGpu,
  findFirefox,
  findWebKit,
  isolation,
} from "../portable/_browsers.ts";
import { bundleInto } from "../portable/_bundle.ts";
import {
  assertNearDeno,
  assertSameAsDeno,
  networksInDeno,
  type Output,
} from "../portable/_networks.ts";

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

const chromium = await findChromiumWithGpu();
if (!chromium) console.log("not run: Chromium is not installed");

interface GpuAnswer {
  readonly outputs: readonly [own: Output, defaultLimits: Output];
  readonly modules: number;
  readonly messages: readonly string[];
  readonly error?: string;
}

Deno.test({
  name: "a page in Chromium trains on SwiftShader near Deno, also with WebGPU's default limits",
  ignore: chromium === undefined,
  async fn() {
    await using folder = await temporaryFolder();
    const files = {
      "/gspace.mjs": await bundleInto(folder.path),
      "/gpu_hooks.js": "tests/portable/gpu_hooks.js",
      "/networks.mjs": "tests/portable/networks.mjs",
      "/page.js": "tests/portable/networks_gpu_page.js",
    };
    const answer = await answerOf<GpuAnswer>(chromium!, files, {});
    assertEquals(answer.error, undefined);
    const expected = await networksInDeno();
    for (const output of answer.outputs) assertNearDeno(output, expected);
    assertGreater(answer.modules, 0);
    assertEquals(answer.messages, []);
    const { description } = answer.outputs[0];
    console.log(`${chromium!.name}, ${description}: near Deno, ${answer.modules} shaders`);
  },
});
