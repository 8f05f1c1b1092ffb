import { assert, assertEquals } from "@std/assert";
import * as gs from "../../mod.ts";
import { encodePng } from "../../formats/mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { findChromium, Page } from "../live/chromium.ts";
import { bundleInto } from "../portable/_bundle.ts";
import { generator } from "../support/random.ts";

const docs = await Deno.readTextFile(new URL("../../docs/own-data.md", import.meta.url));
const chromium = await findChromium();

/** A program as `export --raw-input --layout nhwc --softmax` writes it, for two classes. */
async function programFile(): Promise<Uint8Array<ArrayBuffer>> {
  using model = gs.initialize(
    new gs.Sequential([new gs.Flatten(), new gs.Linear(768, 2)]),
    { seed: 4 },
  );
  return await gs.exportProgram({ input: { dtype: "u8", shape: [1, 16, 16, 3] } }, ({ input }) => ({
    outputs: { probabilities: model.forward(input.cast("f32").mul(1 / 64)).softmax() },
  }));
}

/** What the page should say of these pixels. */
async function answerTo(pixels: Uint8Array, file: Uint8Array<ArrayBuffer>): Promise<string> {
  using backend = gs.openCpu({ threads: 1 });
  using program = await gs.loadProgram(file, { backend });
  program.run({ input: pixels });
  const [cat, dog] = (await program.read()).probabilities!;
  return cat! > dog! ? `cat, ${(100 * cat!).toFixed(1)} %` : `dog, ${(100 * dog!).toFixed(1)} %`;
}

/** Chooses a file as a visitor does. */
const choose = (png: Uint8Array) =>
  `{
    const files = new DataTransfer();
    files.items.add(new File([Uint8Array.fromBase64("${png.toBase64()}")], "a.png"));
    const input = document.querySelector("input");
    document.querySelector("output").textContent = "";
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
  }`;

Deno.test({
  name: "the page of docs/own-data.md says what its program says of the pixels of an image",
  ignore: chromium === undefined,
  fn: async () => {
    const [, html] = /```html\n([^]*?)```/.exec(docs)!;
    const [, script] = /<script type="module">\n([^]*?)<\/script>/.exec(html!)!;
    await using folder = await temporaryFolder();
    await Deno.writeTextFile(`${folder.path}/page.js`, script!);
    const bundle = await bundleInto(folder.path, `${folder.path}/page.js`);
    const page = html!.replace(script!, 'import "/page.mjs"; window.isReady = true;');
    const file = await programFile();
    const bodies = new Map<string, () => Promise<[string, BodyInit]>>([
      ["/page.mjs", async () => ["text/javascript", await Deno.readTextFile(bundle)]],
      ["/photos.program.safetensors", async () => ["application/octet-stream", await file]],
    ]);
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        const body = bodies.get(new URL(request.url).pathname);
        const [type, content] = body ? await body() : ["text/html", page];
        return new Response(content, { headers: { "content-type": type } });
      },
    );
    await using tab = await Page.open(chromium!, `http://127.0.0.1:${server.addr.port}/`);
    await tab.until("window.isReady && document.querySelector('input').onchange");
    const random = generator(3);
    const answers = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const data = Uint8Array.from({ length: 768 }, () => Math.floor(256 * random()));
      await tab.evaluate(choose(await encodePng({ width: 16, height: 16, channels: 3, data })));
      await tab.until("document.querySelector('output').textContent");
      const said = await tab.evaluate<string>("document.querySelector('output').textContent");
      assertEquals(said, await answerTo(data, file));
      answers.add(said);
    }
    assert(answers.size > 1, [...answers].join());
    assertEquals(tab.complaints, []);
  },
});
