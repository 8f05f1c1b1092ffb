import { assert, assertEquals } from "@std/assert";
import { serveLive } from "../../live/mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { findChromium, type Page, Page as Browser } from "./chromium.ts";
import { append, layersLine, makeRun, stepLine } from "./run_folders.ts";

const chromium = await findChromium();
if (chromium === undefined) {
  console.error("NOTE: no Chromium was found: the tests of the live page's controls are ignored");
}

/** Two runs of 100 steps, as a page shows them. */
async function scene() {
  const folder = await temporaryFolder();
  const paths = ["one", "two"].map((name) => `${folder.path}/${name}`);
  for (const path of paths) {
    const steps = Array.from({ length: 100 }, (_, i) => stepLine("sgd", i + 1));
    const layers = [50, 100].map((step) => layersLine("sgd", step));
    await makeRun(path, [...steps, ...layers], ["sgd"]);
  }
  const config = JSON.parse(await Deno.readTextFile(`${paths[1]}/config.json`));
  await Deno.writeTextFile(`${paths[1]}/config.json`, JSON.stringify({ ...config, lr: 0.3 }));
  const server = await serveLive({ folders: paths, port: 0 });
  const page = await Browser.open(chromium!, server.url);
  await page.look(1200, 900, "light");
  await page.until(`${points("train-loss")} === 200`);
  return {
    paths,
    page,
    async [Symbol.asyncDispose]() {
      await page[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function browserTest(name: string, fn: (scene: { page: Page; paths: string[] }) => Promise<void>) {
  Deno.test({
    name,
    ignore: chromium === undefined,
    async fn() {
      await using opened = await scene();
      await fn(opened);
      assertEquals(opened.page.complaints, []);
    },
  });
}

const points = (chart: string) => `Number(document.getElementById("${chart}")?.dataset.points)`;
const byLabel = (label: string) => `document.querySelector('[aria-label^="${label}"]')`;
const inputValue = (id: string) => `document.getElementById("${id}").value`;
const shownTips = `[...document.querySelectorAll(".tip")].filter((tip) => !tip.hidden)`;
const headings = `[...document.querySelectorAll("#now thead th")].map((th) => th.innerText.trim())`;
const firstRow = `document.querySelector("#now tbody th").innerText`;

/** The middle of the plotting area of a chart, and its ends. */
async function areaOf(page: Page, chart: string) {
  return await page.evaluate<{ left: number; right: number; y: number }>(
    `(() => {
      const over = document.querySelector("#${chart} .u-over");
      over.scrollIntoView({ block: "center" });
      const { left, right, top, bottom } = over.getBoundingClientRect();
      return { left, right, y: (top + bottom) / 2 };
    })()`,
  );
}

/** Sets an input as a user does. */
const type = (id: string, value: string, event = "change") =>
  `(() => {
    const input = document.getElementById("${id}");
    input.value = "${value}";
    input.dispatchEvent(new Event("${event}", { bubbles: true }));
  })()`;

browserTest("a zoom stays while points arrive and over a reload", async ({ page, paths }) => {
  const { left, right, y } = await areaOf(page, "train-loss");
  const quarter = (right - left) / 4;
  await page.drag([left + quarter, y], [left + 2 * quarter, y]);
  await page.until(`${inputValue("x-low")} !== ""`);
  const ends = async () => [
    Number(await page.evaluate(inputValue("x-low"))),
    Number(await page.evaluate(inputValue("x-high"))),
  ];
  const [low, high] = await ends();
  // steps 1 to 100 are epochs 0.1 to 10
  assert(Math.abs(low! - 2.575) < 0.1 && Math.abs(high! - 5.05) < 0.1, `${low} to ${high}`);
  await append(paths[0]!, stepLine("sgd", 101));
  await page.until(`${points("train-loss")} === 201`);
  assertEquals(await ends(), [low, high]);
  await page.reload();
  await page.until(`${points("train-loss")} === 201`);
  assertEquals(await ends(), [low, high]);
  const again = await areaOf(page, "throughput");
  await page.doubleClick(again.left + 50, again.y);
  await page.until(`${inputValue("x-low")} === "" && !location.search.includes("x=")`);
});

browserTest(
  "only the chart under the pointer has a tooltip, with all its curves",
  async ({ page }) => {
    const { left, right, y } = await areaOf(page, "train-loss");
    await page.mouse("Moved", (left + right) / 2, y);
    await page.until(`${shownTips}.length > 0`);
    const texts = await page.evaluate<string[]>(`${shownTips}.map((tip) => tip.innerText)`);
    assertEquals(texts.length, 1);
    assert(texts[0]!.includes("sgd · one") && texts[0]!.includes("sgd · two"), texts[0]);
    await page.mouse("Moved", 5, 5);
    await page.until(`${shownTips}.length === 0`);
  },
);

browserTest("scales, smoothing, axis, and colors are in the address", async ({ page }) => {
  await page.evaluate(`${byLabel("Logarithmic scale: Training loss")}.click()`);
  await page.evaluate(type("smoothing", "0.5", "input"));
  await page.evaluate(`document.querySelector('[name="axis"][value="step"]').click()`);
  await page.evaluate(`document.querySelector('[name="color"][value="optimizer"]').click()`);
  await page.evaluate(type("x-high", "50"));
  const query = new URLSearchParams(await page.evaluate<string>("location.search"));
  const names = ["log", "smooth", "axis", "color", "x"];
  assertEquals(names.map((name) => query.get(name)), [
    "train-loss",
    "0.5",
    "step",
    "optimizer",
    "all,-Infinity,50",
  ]);
  await page.reload();
  await page.until(`${points("train-loss")} === 200`);
  const pressed = `${byLabel("Logarithmic scale: Training loss")}.getAttribute("aria-pressed")`;
  await page.until(`${pressed} === "true" && ${inputValue("smoothing")} === "0.5"`);
  await page.until(`${inputValue("x-high")} === "50"`);
  assertEquals(await page.evaluate(`document.querySelector('[value="step"]').checked`), true);
  const other = `${byLabel("Logarithmic scale: Throughput")}.getAttribute("aria-pressed")`;
  assertEquals(await page.evaluate(other), "false");
});

browserTest(
  "the table has the settings that differ and is sorted by its headings",
  async ({ page }) => {
    assert((await page.evaluate<string[]>(headings)).includes("lr"));
    assertEquals(await page.evaluate(firstRow), "sgd · one");
    const sort = `document.querySelector('[data-column="curve"]')`;
    const state = `${sort}.parentElement.getAttribute("aria-sort")`;
    await page.evaluate(`${sort}.focus()`);
    await page.press("Enter");
    await page.until(`${state} === "ascending"`);
    await page.press("Enter");
    await page.until(`${state} === "descending" && ${firstRow} === "sgd · two"`);
    assertEquals(await page.evaluate("document.activeElement.dataset.column"), "curve");
  },
);

browserTest("the list of runs keeps the keyboard's focus", async ({ page, paths }) => {
  await page.evaluate(`document.getElementById("runs").open = true`);
  await page.evaluate(`document.querySelector("#run-list input").focus()`);
  await page.press(" ");
  await page.until(`document.querySelectorAll("#now tbody tr").length === 1`);
  await append(paths[0]!, stepLine("sgd", 101));
  await append(paths[1]!, stepLine("sgd", 101));
  await page.until(`${points("train-loss")} === 101`);
  assertEquals(await page.evaluate("document.activeElement.type"), "checkbox");
  await page.press(" ");
  await page.until(`document.querySelectorAll("#now tbody tr").length === 2`);
});

browserTest("charts say in words what they show, and when it is nothing", async ({ page }) => {
  const image = `document.querySelector('#train-loss [role="img"]')`;
  const words = await page.evaluate<string>(`${image}.getAttribute("aria-label")`);
  assert(words.includes("last values: sgd · one 0.0200, sgd · two 0.0200"), words);
  await page.evaluate(type("x-low", "90"));
  await page.until(`document.querySelector("#train-loss .note").hidden === false`);
  assert(
    (await page.evaluate<string>(`${image}.getAttribute("aria-label")`)).includes("no curves"),
  );
  await page.evaluate(`document.getElementById("zoom-out").click()`);
  await page.until(`document.querySelector("#train-loss .note").hidden`);
});

browserTest("downloads are made of what is shown", async ({ page }) => {
  await page.evaluate(`HTMLAnchorElement.prototype.click = () => {};
    URL.createObjectURL = (blob) => (globalThis.last = blob, "data:,")`);
  await page.evaluate(`document.querySelector("#legend button").click()`);
  await page.evaluate(`${byLabel("Download the points as CSV: Training loss")}.click()`);
  const csv = await page.evaluate<string>("last.text()");
  assertEquals(csv.split("\n").length, 1 + 100 + 1);
  await page.evaluate(`globalThis.last = null;
    ${byLabel("Download as a picture: Training loss")}.click()`);
  await page.until("last !== null");
  assertEquals(await page.evaluate("last.type"), "image/png");
  await page.evaluate(`document.getElementById("json").click()`);
  assertEquals(JSON.parse(await page.evaluate<string>("last.text()")).length, 2);
});

/** Replaces saving by `last`, the blob that would be saved. */
const catchDownloads = `HTMLAnchorElement.prototype.click = () => {};
  URL.createObjectURL = (blob) => (globalThis.last = blob, "data:,")`;

/** What an SVG file draws, and the error that its parser found. */
const readSvg = `last.text().then((text) => {
  const { documentElement: svg } = new DOMParser().parseFromString(text, "image/svg+xml");
  const all = (selector) => [...svg.querySelectorAll(selector)];
  return {
    name: svg.nodeName,
    texts: all("text").map((each) => each.textContent),
    paths: all("path").map((each) => each.getAttribute("d")),
    circles: all("circle").length,
    bad: text.match(/NaN|undefined|Infinity/)?.[0] ?? null,
  };
})`;

interface Drawn {
  readonly name: string;
  readonly texts: readonly string[];
  readonly paths: readonly string[];
  readonly circles: number;
  readonly bad: string | null;
}

browserTest("charts are downloaded as SVG, with their title, legend, axes, and curves", async ({
  page,
}) => {
  await page.evaluate(catchDownloads);
  const saved = async (title: string) => {
    await page.evaluate(`${byLabel(`Download as SVG: ${title}`)}.click()`);
    assertEquals(await page.evaluate("last.type"), "image/svg+xml");
    return await page.evaluate<Drawn>(readSvg);
  };
  const loss = await saved("Training loss");
  assertEquals([loss.name, loss.bad, loss.circles], ["svg", null, 0]);
  for (const text of ["Training loss (mean since last point)", "sgd · one", "sgd · two", "epoch"]) {
    assert(loss.texts.includes(text), `${text} is not in ${loss.texts}`);
  }
  assertEquals(loss.paths.map((path) => path.split(/[ML]/).length - 1), [100, 100]);
  // the first number of the axis is at its place
  assert(loss.texts.includes("0") && loss.texts.includes("2"), loss.texts.join());
  const norm = await saved("Gradient norm");
  assertEquals([norm.circles, norm.bad], [4, null]);
  const histogram = await saved("Weights");
  assert(histogram.texts[0]!.startsWith("Weights of fc.weight"), histogram.texts[0]);
  assertEquals(histogram.paths.map((path) => path.split("H").length - 1), [5, 5]);
  // hidden curves are not in the file
  await page.evaluate(`document.querySelector("#legend button").click()`);
  await page.until(`document.querySelector('#legend [aria-pressed="false"]') !== null`);
  assertEquals((await saved("Training loss")).paths.length, 1);
});

const title = (id: string) => `document.querySelector("#${id} figcaption").textContent`;

browserTest("norms are those of all layers, or of the chosen one, also after a reload", async ({
  page,
  paths,
}) => {
  assertEquals(await page.evaluate(title("gradient-norm")), "Gradient norm of all layers");
  const choices = `[...document.querySelectorAll("#layer option")].map(({ text }) => text)`;
  assertEquals(await page.evaluate(choices), ["all", "fc.weight", "fc.bias"]);
  await page.evaluate(type("layer", "fc.bias"));
  await page.until(`${title("weight-norm")} === "Weight norm of fc.bias"`);
  const words = `document.querySelector('#weight-norm [role="img"]').getAttribute("aria-label")`;
  assert((await page.evaluate<string>(words)).includes("sgd · one 3.000"), "norms");
  assertEquals(await page.evaluate("document.getElementById('weights').hidden"), true);
  await page.reload();
  await page.until(`${title("weight-norm")} === "Weight norm of fc.bias"`);
  assertEquals(await page.evaluate(inputValue("layer")), "fc.bias");
  await page.evaluate(type("layer", "fc.weight"));
  await page.until(`document.getElementById("weights").hidden === false`);
  const { left, right, y } = await areaOf(page, "weights");
  await page.mouse("Moved", left + 0.4 * (right - left), y);
  await page.until(`${shownTips}.length > 0`);
  const [tip] = await page.evaluate<string[]>(`${shownTips}.map((tip) => tip.innerText)`);
  assert(tip!.includes("50.00 %") && tip!.includes("-0.5 to 0"), tip);
  await append(paths[0]!, layersLine("sgd", 110));
  await page.until(`${title("gradients")}.includes("epoch 11 and 10")`);
});
