import { assertEquals } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import * as gs from "../../mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { findChromium, Page } from "../live/chromium.ts";
import { programCases, valuesFor } from "../program/_cases.ts";
import { bundleInto } from "./_bundle.ts";

const chromium = await findChromium();

/** Loads the program on the CPU and runs it; resolves to its outputs as lists. */
const script = `
  import * as gs from "/gspace.mjs";
  const file = await (await fetch("/program")).arrayBuffer();
  const backend = gs.openCpu({ relaxedSimd: false });
  const program = await gs.loadProgram(new Uint8Array(file), { backend });
  program.run({ x: new Float32Array(await (await fetch("/x")).arrayBuffer()) });
  const outputs = Object.entries(await program.read());
  window.result = Object.fromEntries(outputs.map(([name, data]) => [name, [...data]]));
`;

for (const name of ["a residual network", "an LSTM"]) {
  Deno.test({
    name: `a page runs what Deno has compiled, bit for bit as Deno: ${name}`,
    ignore: chromium === undefined,
    fn: async () => {
      await using folder = await temporaryFolder();
      const bundle = await Deno.readTextFile(await bundleInto(folder.path));
      const { inputs, fn, owned } = programCases[name]!();
      const file = await gs.exportProgram(inputs, fn);
      owned?.forEach((each) => each[Symbol.dispose]());
      const x = Float32Array.from(valuesFor(inputs.x!, 1));
      const page = `<!doctype html><title>program</title><script type="module">${script}</script>`;
      const files: Readonly<Record<string, [body: BodyInit, type: string]>> = {
        "/gspace.mjs": [bundle, "text/javascript"],
        "/program": [file, "application/octet-stream"],
        "/x": [x.buffer, "application/octet-stream"],
        "/": [page, "text/html"],
      };
      const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
      await using server = Deno.serve(options, (request) => {
        const [body, type] = files[new URL(request.url).pathname] ?? ["", "text/plain"];
        return new Response(body, { headers: { "content-type": type } });
      });
      await using shown = await Page.open(chromium!, `http://127.0.0.1:${server.addr.port}/`);
      await shown.until("window.result");
      const actual = await shown.evaluate<Record<string, number[]>>("window.result");
      using backend = openCpu({ threads: 1, relaxedSimd: false });
      using program = await gs.loadProgram(file, { backend });
      program.run({ x });
      const outputs = Object.entries(await program.read());
      assertEquals(actual, Object.fromEntries(outputs.map(([key, data]) => [key, [...data]])));
      assertEquals(shown.complaints, []);
    },
  });
}
