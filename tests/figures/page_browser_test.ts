import { assert, assertEquals } from "@std/assert";
import { figureSection, markup, page, stylesOf } from "../../figures/mod.ts";
import { findChromium, Page } from "../live/chromium.ts";
import { curves, figureOf, network } from "./sample_figures.ts";

const chromium = await findChromium();
if (chromium === undefined) {
  console.error("NOTE: no Chromium was found: the tests of pages with figures are ignored");
}

async function sample() {
  const figure = figureOf({ ...curves, title: 'Loss, "final"' }, network);
  const section = await figureSection(figure, stylesOf([], [figure]));
  const html = page("t", markup`${section}<code class="command">deno task train --lr 0.1</code>`);
  const folder = await Deno.makeTempDir({ prefix: "gspace_figures_" });
  await Deno.writeTextFile(`${folder}/page.html`, html);
  const opened = await Page.open(chromium!, `file://${folder}/page.html`);
  await opened.until("document.readyState === 'complete' && document.querySelector('.tool')");
  return {
    page: opened,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test({
  name: "data tables are downloaded as CSV, and commands are copied",
  ignore: chromium === undefined,
  async fn() {
    await using opened = await sample();
    const { page } = opened;
    await page.evaluate(`HTMLAnchorElement.prototype.click = function () { last = this; };
      URL.createObjectURL = (blob) => (globalThis.blob = blob, "data:,");
      navigator.clipboard.writeText = (text) => { globalThis.copied = text; }`);
    await page.evaluate(`document.querySelector('[aria-label^="Download as CSV"]').click()`);
    const lines = (await page.evaluate<string>("blob.text()")).split("\n");
    assertEquals(lines[0], 'epoch,sgd,gsgd,"gsgd, rescaled"');
    assertEquals(lines.length, 1 + 4 + 1);
    assertEquals(await page.evaluate("last.download"), "Loss-final-training-loss-nats-.csv");
    await page.evaluate(`document.querySelector('[aria-label="Copy the command"]').click()`);
    assertEquals(await page.evaluate("copied"), "deno task train --lr 0.1");
    assertEquals(page.complaints, []);
  },
});

Deno.test({
  name: "networks and curves fit a narrow screen, and the legend hides links",
  ignore: chromium === undefined,
  async fn() {
    await using opened = await sample();
    const { page } = opened;
    await page.look(390, 800, "dark");
    await page.until("innerWidth === 390 && document.documentElement.scrollWidth <= 390");
    const links =
      `[...document.querySelectorAll("svg g.c2")].map((g) => getComputedStyle(g).display !== "none")`;
    const before = await page.evaluate<boolean[]>(links);
    await page.evaluate(`[...document.querySelectorAll(".legend button")]
      .find((button) => button.innerText === "strong").click()`);
    const after = await page.evaluate<boolean[]>(links);
    assert(before.every(Boolean) && after.some((visible) => !visible), after.join());
    assertEquals(page.complaints, []);
  },
});
