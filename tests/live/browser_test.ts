import { assert, assertEquals } from "@std/assert";
import { serveLive } from "../../live/mod.ts";
import { start, temporaryFolder } from "../cli/command.ts";
import { accessibilityFaults } from "../site/accessibility.ts";
import { lowContrast } from "../site/contrast.js";
import { keyboardFaults } from "../site/keyboard.ts";
import { checkLayout } from "../site/layout.ts";
import { findChromium, Page } from "./chromium.ts";
import { append, layersLine, makeRun, stepLine } from "./run_folders.ts";

const chromium = await findChromium();
if (chromium === undefined) {
  console.error("NOTE: no Chromium was found: the tests that look at the live page are ignored");
}

/** A test in a real browser. */
function browserTest(name: string, fn: (open: (url: string) => Promise<Page>) => Promise<void>) {
  const open = (url: string) => Page.open(chromium!, url);
  Deno.test({ name, ignore: chromium === undefined, fn: () => fn(open) });
}

/** The current number of points of the curves of a chart. */
const pointsOf = (chart: string) => `Number(document.getElementById("${chart}")?.dataset.points)`;
/** Number of pixels of a chart's canvas that are not empty. */
const inkOf = (chart: string) =>
  `(() => {
    const drawn = document.querySelector("#${chart} canvas");
    const { data } = drawn.getContext("2d").getImageData(0, 0, drawn.width, drawn.height);
    return data.filter((_, i) => i % 4 === 3 && data[i] > 0).length;
  })()`;
const rowsOf = '[...document.querySelectorAll("#now tbody tr")].map((row) => row.innerText)';

/** Starts a run that is longer than any test, and waits for the address of the page. */
async function trainLive(out: string) {
  const child = start(
    "train",
    ...["--device=cpu", "--threads=1", "--dataset=synthetic", "--epochs=1000000", "--live"],
    ...["--ratio-clamp=0.5,2", "--log-every=50", "--layers-every=50", "--out", out],
  );
  const lines = child.stderr.pipeThrough(new TextDecoderStream());
  let said = "";
  let url: string | undefined;
  for await (const text of lines.values({ preventCancel: true })) {
    said += text;
    url = /live: (\S+)\n/.exec(said)?.[1];
    if (url !== undefined) break;
  }
  const rest = lines.pipeTo(new WritableStream());
  let code: Promise<number> | undefined;
  const stop = (signal: Deno.Signal): Promise<number> =>
    code ??= (async () => {
      if (url !== undefined) child.kill(signal);
      const [status] = await Promise.all([child.status, rest, child.stdout.cancel()]);
      return status.code;
    })();
  if (url === undefined) await stop("SIGKILL");
  assert(url !== undefined, said);
  return { url, stop, [Symbol.asyncDispose]: async () => void await stop("SIGKILL") };
}

browserTest(
  "the page follows a training run, and survives a reload and the end of the run",
  async (open) => {
    await using folder = await temporaryFolder();
    const out = `${folder.path}/run`;
    await using run = await trainLive(out);
    await using page = await open(run.url);
    await page.until(`${pointsOf("train-loss")} > 20`);
    assert(await page.evaluate<number>(inkOf("train-loss")) > 100);
    const before = await page.evaluate<number>(pointsOf("train-loss"));
    await page.until(`${pointsOf("train-loss")} > ${before}`); // it updates by itself
    await page.reload();
    await page.until(`${pointsOf("train-loss")} >= ${before}`); // the history comes first
    for (
      const chart of [
        ...["test-error", "throughput", "path-value", "ratios", "sign-changes", "clamped"],
        ...["gradient-norm", "weight-norm", "gradients", "weights"],
      ]
    ) {
      await page.until(`document.getElementById("${chart}")?.hidden === false`);
    }
    // what it trains on is known from the beginning
    const about = await page.evaluate<string>('document.getElementById("about").innerText');
    assert(/ on WASM .*, 1 thread\.$/.test(about), about);
    const rows = await page.evaluate<string[]>(rowsOf);
    assertEquals(rows.map((row) => row.split(/\s/)[0]), ["sgd", "sgd-skeleton", "gsgd"]);
    assertEquals(await run.stop("SIGINT"), 130);
    await page.until('document.getElementById("status").innerText.includes("has ended")');
    assertEquals(page.complaints, []);
  },
);

browserTest("two runs are shown together, and curves can be hidden", async (open) => {
  await using folder = await temporaryFolder();
  const [one, two] = [`${folder.path}/one`, `${folder.path}/two`];
  const epoch = { kind: "epoch", trainLoss: 1, trainAccuracy: 0.5, testLoss: 1, testError: 0.25 };
  for (const path of [one, two]) {
    const lines = ["sgd", "gsgd"].flatMap((arm) => [1, 2, 3].map((step) => stepLine(arm, step)));
    await makeRun(path, [...lines, { ...epoch, arm: "sgd", epoch: 0.3, step: 3, seconds: 1 }]);
  }
  await using server = await serveLive({ folders: [one, two], port: 0 });
  await using page = await open(server.url);
  await page.until(`${pointsOf("train-loss")} === 12`);
  const labels = '[...document.querySelectorAll("#legend button")].map((b) => b.innerText)';
  assertEquals(await page.evaluate(labels), ["sgd · one", "gsgd · one", "sgd · two", "gsgd · two"]);
  await append(two, stepLine("gsgd", 4));
  await page.until(`${pointsOf("train-loss")} === 13`);
  const whole = await page.evaluate<number>(inkOf("train-loss"));
  await page.evaluate('document.querySelectorAll("#legend button").forEach((b) => b.click())');
  await page.until(`${inkOf("train-loss")} < ${whole}`);
  // only one of the two runs; the selection is in the address and survives a reload
  await page.evaluate('document.querySelector("#run-list input:checked").click()');
  await page.until(`${rowsOf}.length === 2`);
  await page.reload();
  await page.until(`${rowsOf}.length === 2`);
  assertEquals(page.complaints, []);
});

browserTest("the page reconnects when the server restarts", async (open) => {
  await using folder = await temporaryFolder();
  await makeRun(folder.path, [stepLine("sgd", 1), stepLine("sgd", 2)]);
  const first = await serveLive({ folders: [folder.path], port: 0 });
  const port = Number(new URL(first.url).port);
  await using page = await open(first.url);
  await page.until(`${pointsOf("train-loss")} === 2`);
  await first[Symbol.asyncDispose]();
  await page.until('document.getElementById("status").dataset.state === "lost"');
  await append(folder.path, stepLine("sgd", 3));
  await using _second = await serveLive({ folders: [folder.path], port });
  await page.until('document.getElementById("status").dataset.state === "live"');
  await page.until(`${pointsOf("train-loss")} === 3`);
});

browserTest(
  "nothing is wider than the screen or too faint, in light and dark mode, narrow and wide",
  async (open) => {
    await using folder = await temporaryFolder();
    const steps = [1, 2, 3].flatMap((step) => [stepLine("sgd", step), layersLine("sgd", step)]);
    await makeRun(folder.path, steps);
    await using server = await serveLive({ folders: [folder.path], port: 0 });
    await using page = await open(server.url);
    const papers: string[] = [];
    for (const scheme of ["light", "dark"] as const) {
      for (const width of [390, 1200]) {
        await page.look(width, 900, scheme);
        await page.until(`${pointsOf("train-loss")} === 3`);
        const canvas = 'document.querySelector("#train-loss canvas").getBoundingClientRect().right';
        await page.until(
          `${canvas} <= ${width} && document.documentElement.scrollWidth <= ${width}`,
        );
        assertEquals(await page.evaluate(`(${lowContrast})()`), [], `${width} wide, ${scheme}`);
      }
      papers.push(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
    }
    assertEquals(await accessibilityFaults(page), []);
    assertEquals(await keyboardFaults(page), []);
    assert(papers[0] !== papers[1], papers.join());
  },
);

browserTest("runs that differ in many settings fit windows and paper", async (open) => {
  await using folder = await temporaryFolder();
  const arms = ["sgd", "momentum", "gsgd", "path-sgd-skeleton", "adam"];
  const own = Object.fromEntries(arms.map((arm, i) => [arm, i / 10]));
  const differing = [
    { dataset: "fashion-mnist-7x7", lr: own, momentum: own, limit: 2000, testLimit: 500, batch: 8 },
    { dataset: "digits", model: "plainnet-20:16-32-64", lr: 0.1, momentum: 0, batch: 128 },
  ];
  for (const [i, settings] of differing.entries()) {
    const path = `${folder.path}/2026-12-01T04-12-16-plainnet-20-${i}`;
    const more = { imagesPerSecond: 1_234_567, accuracy: 0 };
    const steps = [1, 2, 3].flatMap((step) => arms.map((arm) => stepLine(arm, step, more)));
    await makeRun(path, steps, arms);
    const config = JSON.parse(await Deno.readTextFile(`${path}/config.json`));
    await Deno.writeTextFile(`${path}/config.json`, JSON.stringify({ ...config, ...settings }));
  }
  const folders = [0, 1].map((i) => `${folder.path}/2026-12-01T04-12-16-plainnet-20-${i}`);
  await using server = await serveLive({ folders, port: 0 });
  await using page = await open(server.url);
  await page.until(`${pointsOf("train-loss")} === 30`);
  await checkLayout(page);
  assertEquals(page.complaints, []);
});
