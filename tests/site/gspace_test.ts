import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { openCpu } from "../../mod.ts";
import { Network } from "../../site/gspace/network.ts";
import { largestDifference } from "../../site/gspace/twins.ts";
import { differenceText, factorText, verdict } from "../../site/gspace/words.js";
import type { Page } from "../live/chromium.ts";
import { checkLook, pageTest } from "./built_site.ts";

const PATH = "gspace.html";

/** Moves the slider to c = 2^exponent of a unit, and waits until all is drawn. */
async function rescale(page: Page, unit: number, exponent: number): Promise<void> {
  await page.evaluate(`(async () => {
    document.querySelector("input[name=unit][value='${unit}']").click();
    const slider = document.getElementById("factor");
    slider.value = "${exponent}";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
  })()`);
}

const numberIn = (page: Page, id: string) =>
  page.evaluate<number>(`Number(document.getElementById("${id}").dataset.value)`);

const widthsIn = (page: Page) =>
  page.evaluate<number[]>(
    `[...document.querySelectorAll("line.edge")].map((line) => Number(line.getAttribute("stroke-width")))`,
  );

async function train(page: Page): Promise<string> {
  await page.evaluate(`document.getElementById("train").click()`);
  await page.until(`document.body.dataset.state === "training"`);
  await page.until(`document.body.dataset.state === "trained"`);
  return await page.evaluate<string>(`document.getElementById("message").textContent`);
}

pageTest("the slider changes weights, but neither f(x) nor path values", PATH, async (page) => {
  for (const unit of [0, 1, 2]) {
    await rescale(page, unit, 0);
    const before = await widthsIn(page);
    for (const exponent of [-2, -1, 1, 2, 1.55]) {
      await rescale(page, unit, exponent);
      const after = await widthsIn(page);
      assertEquals(after.filter((width, i) => width !== before[i]).length, 3, "edges of the unit");
      const limit = Number.isInteger(exponent) ? 0 : 1e-5;
      for (const id of ["function-change", "paths-change"]) {
        const change = await numberIn(page, id);
        assert(change <= limit, `${id} is ${change} at 2^${exponent}`);
      }
      assertGreater(await numberIn(page, "weights-change"), 0.1);
    }
  }
  await checkLook(page);
});

pageTest("twins part with SGD, and stay one function with G-SGD", PATH, async (page) => {
  await rescale(page, 0, 2);
  assertStringIncludes(await train(page), "the twins of G-SGD are the same function, bit for bit");
  assertGreater(await numberIn(page, "difference-sgd"), 0.1);
  assertEquals(await numberIn(page, "difference-gsgd"), 0);
  await checkLook(page);
  // moving the slider sets the twins back
  await rescale(page, 2, 1.55);
  assertLess(await numberIn(page, "difference-sgd"), 1e-5);
  assertStringIncludes(await train(page), "which is rounding");
  assertGreater(await numberIn(page, "difference-sgd"), 0.05);
  assertLess(await numberIn(page, "difference-gsgd"), 1e-4);
  await rescale(page, 1, 0);
  assertStringIncludes(await train(page), "the same weights");
});

pageTest("the page is ready when the opening is drawn to its end", PATH, async (page) => {
  const values = await page.evaluate<[string, string]>(
    `[document.getElementById("factor").value, document.getElementById("factor-text").textContent]`,
  );
  assertEquals(values, ["2", "4"]);
});

const pathText = `document.getElementById("path").textContent`;
const marked = `[...document.querySelectorAll(".on-path text")].map((each) => each.textContent)`;

pageTest("the chosen path is marked in the network, and is a product", PATH, async (page) => {
  await page.until(`${pathText} === "x → h₁ → f: −4.00 × −0.25 = 1.00"`);
  assertEquals(await page.evaluate(marked), ["−4.00", "−0.25"]);
  await rescale(page, 0, -1);
  await page.until(`${pathText} === "x → h₁ → f: −0.50 × −2.00 = 1.00"`);
  // a click on a unit of the picture chooses it, and a path through it
  const { x, y } = await page.evaluate<{ x: number; y: number }>(
    `document.querySelectorAll(".unit.hidden circle")[2].getBoundingClientRect().toJSON()`,
  );
  await page.mouse("Moved", x + 9, y + 9);
  await page.mouse("Pressed", x + 9, y + 9);
  await page.mouse("Released", x + 9, y + 9);
  await page.until(`document.querySelector("[name=unit]:checked").value === "2"`);
  await page.until(`${pathText}.startsWith("x → h₃ → f")`);
  // pointing at a bar is enough to choose its path
  const bar = await page.evaluate<{ x: number; y: number }>(
    `document.querySelectorAll("#paths label")[1].getBoundingClientRect().toJSON()`,
  );
  await page.mouse("Moved", bar.x + 20, bar.y + 20);
  await page.until(`${pathText}.startsWith("1 → h₁ → f")`);
});

/** The element with the focus, and whether its focus is visible. */
const focus = (page: Page) =>
  page.evaluate<[string, boolean]>(`(() => {
    const at = document.activeElement;
    const shown = at.type === "radio" ? at.nextElementSibling : at;
    return [at.id || at.name, parseFloat(getComputedStyle(shown).outlineWidth) >= 2];
  })()`);

pageTest("the G-space page fits a screen, and needs no mouse", PATH, async (page) => {
  const height = await page.evaluate<number>("document.documentElement.scrollHeight");
  assert(height <= 800, `the page is ${height} high`);
  const stops: string[] = [];
  while (stops.at(-1) !== "train") {
    await page.press("Tab");
    const [name, isVisible] = await focus(page);
    assert(isVisible, `the focus on ${name} cannot be seen`);
    stops.push(name);
    if (name === "unit") {
      await page.press("ArrowRight");
      assertEquals(await page.evaluate(`document.querySelector("[name=unit]:checked").value`), "1");
    } else if (name === "factor") {
      for (let i = 0; i < 20; i++) await page.press("ArrowLeft");
      await page.until(`document.getElementById("factor-text").textContent === "2"`);
    } else if (name === "path") {
      await page.press("ArrowRight");
      await page.until(`document.getElementById("path").textContent.startsWith("1 → h₂ → f")`);
    }
    assert(stops.length < 20, stops.join());
  }
  assertEquals(stops.slice(-4), ["unit", "factor", "path", "train"]);
  await page.press(" ");
  await page.until(`document.body.dataset.state === "trained"`);
});

pageTest("all parts of the G-space page have names", PATH, async (page) => {
  const names = await page.evaluate<string[]>(
    `[...document.querySelectorAll("input, button")].map((each) =>
      each.ariaLabel || each.labels?.[0]?.textContent || each.textContent)`,
  );
  for (const name of names) assert(name.trim() !== "", names.join("|"));
  assertEquals(
    await page.evaluate(`[...document.querySelectorAll("figure svg")].filter((each) =>
      each.getAttribute("role") !== "img" || !each.getAttribute("aria-label")).length`),
    0,
  );
  assertEquals(await page.evaluate(`document.getElementById("message").role`), "status");
  // numbers that follow the slider are not announced one by one
  assertEquals(await page.evaluate(`document.getElementById("factor-text").ariaLive`), "off");
});

Deno.test("both networks of the G-space page have 6 basis paths for 9 weights", async () => {
  using backend = openCpu({ threads: 1 });
  using network = await Network.create(backend, "gsgd");
  const kinds = network.edges.map(({ kind }) => kind);
  assertEquals(kinds.filter((kind) => kind === "free").length, 3);
  const first = network.rescaled(0, 1);
  const values = network.pathValues(first);
  assertEquals(values.length, 6);
  const products = network.paths.map((path) =>
    path.reduce((product, { layer, offset }) => product * first[layer][offset]!, 1)
  );
  assertEquals(products.map(Math.fround), values);
  for (const unit of [0, 1, 2]) {
    assertEquals(network.pathValues(network.rescaled(unit, 8)), values);
    assert(
      network.pathValues(network.rescaled(unit, 3)).every((v, i) =>
        Math.abs(v - values[i]!) < 1e-6
      ),
    );
  }
});

Deno.test("largestDifference() is exactly 0 for equal numbers, and keeps NaN", () => {
  assertEquals(largestDifference([1, 2], [1, 2]), 0);
  assertEquals(largestDifference([1, -2], [1.5, 2]), 4);
  assertEquals(largestDifference([1, NaN], [1, 2]), NaN);
});

Deno.test("differences and factors are printed for people", () => {
  const numbers = [0, 2.44e-7, 1e-10, 0.5, 12, NaN, Infinity];
  assertEquals(numbers.map(differenceText), [
    ...["exactly 0", "2.4 × 10⁻⁷", "1.0 × 10⁻¹⁰", "0.50", "12.00", "NaN", "Infinity"],
  ]);
  assertEquals([0.25, 0.5, 1, 4, 2 ** 1.5].map(factorText), ["¼", "½", "1", "4", "2.83"]);
});

Deno.test("the sentence about twins follows from the differences", () => {
  const common = { c: 4, steps: 9, start: 0 };
  assertStringIncludes(verdict({ ...common, sgd: 0, gsgd: 0.5 }), "SGD are the same function");
  assertStringIncludes(verdict({ ...common, sgd: 0.5, gsgd: 0 }), "SGD differ by up to 0.50, and");
  assertStringIncludes(verdict({ ...common, sgd: NaN, gsgd: 0 }), "a twin of SGD has diverged");
  assertStringIncludes(
    verdict({ ...common, start: 1e-7, sgd: 1, gsgd: 2e-6 }),
    "which is rounding",
  );
});
