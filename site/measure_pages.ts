/**
 * Measures the pages of the site that compute, in headless Chromium: frames per second, and the time
 * from opening a page to its first curve. Prints rows for RESULTS.md.
 *
 *     deno run -A site/measure_pages.ts
 *
 * @module
 */
import { findChromium, Page } from "../tests/live/chromium.ts";
import { print } from "../cli/output.ts";
import { buildSite } from "./build.ts";

/** Number of times that each page is opened. */
const ROUNDS = 5;

/** What one opening of a page gives. Times in ms since the navigation began. */
interface Measurement {
  /** The page can be used. */
  readonly ready: number;
  /** A curve has moved, or has its second point. */
  readonly curve: number;
  /** Frames per second while it moves. */
  readonly rate: number;
  /** Longest time between two frames while it moves, in ms. */
  readonly gap: number;
}

/** Functions for the scripts below: they wait for a change, and count frames until `isDone()`. */
const tools = `
  const until = async (isDone) => {
    while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 2));
    return performance.now();
  };
  const all = (selector, name) =>
    [...document.querySelectorAll(selector)].map((each) => each.getAttribute(name)).join();
  const state = () => document.body?.dataset.state;
  const frames = async (isDone, onFrame = () => {}) => {
    const start = await new Promise(requestAnimationFrame);
    let [count, last, gap] = [0, start, 0];
    while (!isDone(last - start)) {
      onFrame(count++);
      const now = await new Promise(requestAnimationFrame);
      [gap, last] = [Math.max(gap, now - last), now];
    }
    return { rate: 1000 * count / (last - start), gap };
  };`;

/** Waits until the page moves its slider by itself, and then moves it for three seconds. */
const rescale = `(async () => {${tools}
  const widths = () => all("line.edge", "stroke-width");
  const ready = await until(widths);
  const first = widths();
  const curve = await until(() => widths() !== first);
  await until(() => state() === "ready");
  const slider = document.getElementById("factor");
  const move = (frame) => {
    slider.value = String(2 * Math.sin(frame / 20));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };
  return { ready, curve, ...await frames((ms) => ms > 3000, move) };
})()`;

/** Trains both twins. The times include the opening, in which the page moves its slider. */
const twins = `(async () => {${tools}
  const ready = await until(() => state() === "ready");
  const first = all("path.curve", "d");
  document.getElementById("train").click();
  const curve = await until(() => all("path.curve", "d") !== first);
  return { ready, curve, ...await frames(() => state() === "trained") };
})()`;

/** Trains for ten seconds. A curve has moved when it has its second point. */
const training = `(async () => {${tools}
  const ready = await until(() => state() === "ready");
  document.getElementById("start").click();
  const curve = await until(() => all("#loss path.curve", "d").includes("L"));
  return { ready, curve, ...await frames((ms) => ms > 10_000 || state() !== "training") };
})()`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function measure(
  chromium: string,
  url: string,
  script: string,
): Promise<readonly Measurement[]> {
  const found: Measurement[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using page = await Page.open(chromium, url);
    found.push(await page.evaluate<Measurement>(script));
  }
  return found;
}

const chromium = await findChromium();
if (chromium === undefined) throw new Error("Cannot measure pages: no Chromium was found");
const out = await Deno.makeTempDir({ prefix: "gspace_pages_" });
try {
  await buildSite({ out, api: false });
  print("| page | ready, ms | first curve, ms | frames/s (lowest) | longest frame, ms |");
  print("| --- | --- | --- | --- | --- |");
  for (
    const [name, path, script] of [
      ["G-space, slider", "gspace.html", rescale],
      ["G-space, twins train", "gspace.html", twins],
      ["train in this tab", "train.html", training],
    ] as const
  ) {
    const all = await measure(chromium, `file://${out}/${path}`, script);
    const middle = (key: keyof Measurement) => median(all.map((each) => each[key])).toFixed(0);
    const lowest = Math.min(...all.map(({ rate }) => rate)).toFixed(0);
    print(
      `| ${name} | ${middle("ready")} | ${middle("curve")} | ${middle("rate")} (${lowest}) | ` +
        `${Math.max(...all.map(({ gap }) => gap)).toFixed(0)} |`,
    );
  }
} finally {
  await Deno.remove(out, { recursive: true });
}
