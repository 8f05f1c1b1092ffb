import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { temporaryFolder } from "../cli/command.ts";
import { findChromium, Page } from "../live/chromium.ts";
import { isolation } from "./_browsers.ts";
import { bundleInto, lossesInDeno } from "./_bundle.ts";

const chromium = await findChromium();

/** Trains with a read after each step, counts the frames painted meanwhile, and then the threads. */
const script = `
  import * as gs from "/gspace.mjs";
  import { train } from "/xor.mjs";
  let frames = 0;
  const count = () => requestAnimationFrame(() => { frames++; count(); });
  count();
  const backend = gs.openCpu({ threads: 2 });
  const losses = await train(gs, backend, 3000);
  const framesOfReads = frames;
  while (frames === framesOfReads) await gs.nextFrame();
  // A program that is worth two threads waits for them.
  const product = await gs.compile({ x: gs.f32([512, 512]) }, ({ x }) => ({
    outputs: { y: x.matmul(x) },
  }), { backend });
  const threads = backend.readyThreads;
  product[Symbol.dispose]();
  window.result = { losses, frames: framesOfReads, threads, description: backend.description };
`;

/** A server of the page, with these headers. */
function servePage(
  bundle: string,
  headers: Readonly<Record<string, string>>,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const file = { "/gspace.mjs": bundle, "/xor.mjs": "tests/portable/xor.mjs" }[pathname];
    const [body, type] = file
      ? [await Deno.readTextFile(file), "text/javascript"]
      : [`<!doctype html><title>xor</title><script type="module">${script}</script>`, "text/html"];
    return new Response(body, { headers: { ...headers, "content-type": type } });
  });
}

Deno.test({
  name: "a page that forbids generated code, or has no files, is told so",
  ignore: chromium === undefined,
  fn: async () => {
    await using folder = await temporaryFolder();
    const bundle = await bundleInto(folder.path);
    const policy = { "content-security-policy": "script-src 'self'" };
    await using server = servePage(bundle, policy);
    await using page = await Page.open(chromium!, `http://127.0.0.1:${server.addr.port}/`);
    const messageOf = (code: string) =>
      page.evaluate<string>(
        `import("/gspace.mjs").then(async (gs) => { ${code} }).then(() => "", (e) => e.message)`,
      );
    assertStringIncludes(
      await messageOf("await gs.evaluate([gs.arange(3)], { backend: gs.openCpu() });"),
      "add 'wasm-unsafe-eval' to its script-src",
    );
    assertStringIncludes(
      await messageOf('await gs.writeFileAtomic("a", new Uint8Array());'),
      "no file access",
    );
  },
});

interface Result {
  readonly losses: readonly number[];
  readonly frames: number;
  readonly threads: number;
  readonly description: string;
}

for (const isolated of [true, false]) {
  Deno.test({
    name: `a page trains as Deno does, and keeps painting (${isolated ? "isolated" : "plain"})`,
    ignore: chromium === undefined,
    fn: async () => {
      await using folder = await temporaryFolder();
      await using server = servePage(await bundleInto(folder.path), isolated ? isolation : {});
      await using page = await Page.open(chromium!, `http://127.0.0.1:${server.addr.port}/`);
      await page.until("window.result");
      const { losses, frames, threads, description } = await page.evaluate<Result>("window.result");
      assertEquals(page.complaints, []);
      assertEquals(losses, await lossesInDeno(3000, description.includes("relaxed")));
      assert(frames >= 2, `${frames} frames were painted`);
      assertEquals(threads, isolated ? 2 : 1, description);
    },
  });
}
