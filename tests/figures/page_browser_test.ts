import { assert, assertEquals } from "@std/assert";
import { figureSection, markup, page, stylesOf } from "../../figures/mod.ts";
import { findChromium, Page } from "../live/chromium.ts";
import { accessibilityFaults } from "../site/accessibility.ts";
import { lowContrast } from "../site/contrast.js";
import { keyboardFaults } from "../site/keyboard.ts";
import { all, curves, figureOf, network, parsed, pathsOf, texts } from "./sample_figures.ts";

const chromium = await findChromium();
if (chromium === undefined) {
  console.error("NOTE: no Chromium was found: the tests of pages with figures are ignored");
}

async function sample() {
  const figure = figureOf({ ...curves, title: 'Loss, "final"' }, network);
  const section = await figureSection(figure, stylesOf([], [figure]), { heading: "h2" });
  const index = { href: "index.html", text: "All results" };
  const command = markup`<code class="command">deno task train --lr 0.1</code>`;
  const html = page("t", markup`${section}${command}`, { index });
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
  name: "panels are downloaded as SVG files, with the legend of the curves that are visible",
  ignore: chromium === undefined,
  async fn() {
    await using opened = await sample();
    const { page } = opened;
    await page.evaluate(`HTMLAnchorElement.prototype.click = function () { last = this; };
      URL.createObjectURL = (blob) => (globalThis.blob = blob, "data:,");
      [...document.querySelectorAll(".legend button")]
        .find((button) => button.innerText === "gsgd").click()`);
    await page.evaluate(`document.querySelector('[aria-label^="Download as SVG: Loss"]').click()`);
    assertEquals(await page.evaluate("last.download"), "Loss-final-.svg");
    const svg = parsed(await page.evaluate<string>("blob.text()"));
    const shown = texts(svg);
    for (const text of ['Loss, "final"', "sgd", "gsgd, rescaled", "epoch"]) {
      assert(shown.includes(text), `${text} is not in ${shown}`);
    }
    assert(!shown.includes("gsgd"), shown.join());
    assertEquals(pathsOf(svg, ".curve").length, 2);
    assertEquals(all(svg, ".cross, script").length, 0);
    // the file stands by itself
    const look = await page.evaluate<{ width: number; color: string; paper: string }>(
      `(async () => {
      const host = document.createElement("div");
      document.body.replaceChildren(host);
      host.attachShadow({ mode: "open" }).innerHTML = await blob.text();
      const styleOf = (selector) => getComputedStyle(host.shadowRoot.querySelector(selector));
      const { width } = host.shadowRoot.querySelector("svg").getBoundingClientRect();
      return { width, color: styleOf(".c1").color, paper: styleOf(".paper").fill };
    })()`,
    );
    assertEquals(look, { width: 416, color: "rgb(47, 79, 181)", paper: "rgb(255, 255, 255)" });
    assertEquals(page.complaints, []);
  },
});

Deno.test({
  name: "texts, buttons, and links have enough contrast, in light and dark mode",
  ignore: chromium === undefined,
  async fn() {
    await using opened = await sample();
    const { page } = opened;
    for (const scheme of ["light", "dark"] as const) {
      for (const width of [390, 1280]) {
        await page.look(width, 900, scheme);
        await page.until(
          `innerWidth === ${width} && document.documentElement.scrollWidth <= ${width}`,
        );
        await page.evaluate(tipAt(0.5));
        assertEquals(await page.evaluate(`(${lowContrast})()`), [], `${width} wide, ${scheme}`);
      }
    }
    assertEquals(await accessibilityFaults(page), []);
    assertEquals(await keyboardFaults(page), []);
    assertEquals(page.complaints, []);
  },
});

/** Moves the pointer over the first chart, and reads where its tooltip and its curves are. */
const tipAt = (share: number) =>
  `(() => {
  const figure = document.querySelector("[data-chart]");
  const svg = figure.querySelector("svg");
  const chart = JSON.parse(figure.dataset.chart);
  const area = svg.getBoundingClientRect();
  const scale = area.width / chart.width;
  const clientX = area.left + scale * (chart.left + ${share} * (chart.right - chart.left));
  const clientY = (area.top + area.bottom) / 2;
  svg.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY }));
  const { left, right, top, bottom } = figure.querySelector(".tip").getBoundingClientRect();
  const ends = [...svg.querySelectorAll(".curve path")].map((path) => path.getBoundingClientRect());
  return {
    ...{ left, right, top, bottom, text: figure.querySelector(".tip").innerText },
    highest: Math.min(...ends.map((end) => end.top)),
    lowest: Math.max(...ends.map((end) => end.bottom)),
  };
})()`;

Deno.test({
  name: "tooltips cover no curve, and are within the window",
  ignore: chromium === undefined,
  async fn() {
    await using opened = await sample();
    const { page } = opened;
    for (const width of [390, 1280]) {
      await page.look(width, 900, "light");
      await page.until(`innerWidth === ${width}`);
      // also where there is no room above
      for (const scroll of ["0", "document.querySelector('[data-chart]').offsetTop + 20"]) {
        await page.evaluate(`document.body.style.minHeight = "3000px"; scrollTo(0, ${scroll})`);
        for (const share of [0, 0.5, 1]) {
          const tip = await page.evaluate<Record<string, number>>(tipAt(share));
          const what = `${width} ${scroll} ${share}: ${JSON.stringify(tip)}`;
          assert(String(tip.text).includes("gsgd, rescaled"), what);
          assert(tip.bottom! <= tip.highest! || tip.top! >= tip.lowest!, what);
          assert(tip.left! >= 0 && tip.right! <= width && tip.top! >= 0, what);
        }
      }
    }
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
