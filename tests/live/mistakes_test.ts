import { assert, assertEquals } from "@std/assert";
import { serveLive } from "../../live/mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { accessibilityFaults } from "../site/accessibility.ts";
import { lowContrast } from "../site/contrast.js";
import { findChromium, Page } from "./chromium.ts";
import { append, makeRun, stepLine, writeSamplesOf } from "./run_folders.ts";

const chromium = await findChromium();
if (chromium === undefined) {
  console.error("NOTE: no Chromium was found: the tests of misclassified images are ignored");
}

const sectionOf = `document.getElementById("mistakes")`;
const all = (selector: string) => `[...document.querySelectorAll("#mistakes ${selector}")]`;
const titles = `${all(":is(summary, p)")}.map((each) => each.textContent)`;
const images = all("img");

/** A page that shows two runs, one of which has mistakes. */
async function scene() {
  const folder = await temporaryFolder();
  const [one, two] = [`${folder.path}/one`, `${folder.path}/two`];
  for (const path of [one, two]) {
    await makeRun(path, ["sgd", "gsgd"].map((arm) => stepLine(arm, 1)));
  }
  await writeSamplesOf(one, { sgd: 40, gsgd: 0 });
  const server = await serveLive({ folders: [one, two], port: 0 });
  const page = await Page.open(chromium!, server.url);
  await page.look(1200, 900, "light");
  await page.until(`${images}.length === 40`);
  return {
    ...{ two, page },
    async [Symbol.asyncDispose]() {
      await page[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test({
  name: "misclassified images of all curves are shown with both classes, and follow the runs",
  ignore: chromium === undefined,
  async fn() {
    await using opened = await scene();
    const { two, page } = opened;
    assertEquals(await page.evaluate(titles), [
      "sgd · one: 40 of 1,000 test images classified wrongly after epoch 2.5",
      "gsgd · one: 0 of 1,000 test images classified wrongly after epoch 2.5",
    ]);
    await page.until(`${images}.every(({ complete, naturalWidth }) => complete && naturalWidth)`);
    assertEquals(await page.evaluate(`${images}[3].alt`), "a long name, predicted other 3: b/3");
    assert((await page.evaluate<string>(`${sectionOf}.innerText`)).includes("predicted other 3"));
    // images and the keyboard's focus stay while points arrive, and while another run has images
    await page.evaluate(`globalThis.image = ${images}[0]`);
    await page.evaluate(`${sectionOf}.querySelector("summary").focus()`);
    await append(two, stepLine("sgd", 2));
    await writeSamplesOf(two, { sgd: 3, gsgd: 1 });
    await page.until(`${titles}.length === 4`);
    assertEquals(await page.evaluate(`image === ${images}[0]`), true);
    assertEquals(await page.evaluate(`document.activeElement.tagName`), "SUMMARY");
    await page.press("Enter");
    await page.until(`!${sectionOf}.querySelector("details").open`);
    // hidden curves and hidden runs have none
    await page.evaluate(`document.querySelector("#legend button").click()`);
    await page.until(`${titles}.length === 3`);
    await page.evaluate(`document.querySelectorAll("#run-list input").forEach((b) => b.click())`);
    await page.until(`${sectionOf}.hidden`);
    assertEquals(page.complaints, []);
  },
});

Deno.test({
  name: "misclassified images fit on the screen and are legible, light and dark, narrow and wide",
  ignore: chromium === undefined,
  async fn() {
    await using opened = await scene();
    const { page } = opened;
    for (const scheme of ["light", "dark"] as const) {
      for (const width of [390, 1200]) {
        await page.look(width, 900, scheme);
        await page.until(`document.documentElement.scrollWidth <= ${width}`);
        const right =
          `Math.max(...${images}.map((i) => i.parentElement.getBoundingClientRect().right))`;
        assert(await page.evaluate<number>(right) < width, `${width}`);
        assertEquals(await page.evaluate(`(${lowContrast})()`), [], `${width} wide, ${scheme}`);
      }
    }
    assertEquals(await accessibilityFaults(page), []);
    assertEquals(page.complaints, []);
  },
});
