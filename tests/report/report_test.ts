import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../report/main.ts";
import { temporaryFolder } from "../cli/command.ts";
import { hostile } from "../figures/sample_figures.ts";
import { findChromium, Page } from "../live/chromium.ts";
import { checkLook } from "../site/built_site.ts";
import { keyboardFaults } from "../site/keyboard.ts";
import { sampleSummary } from "../reproduce/page/sample_summary.ts";

/** Calls the command and captures its output. */
async function call(
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const { log, error } = console;
  console.log = (...parts: unknown[]) => void out.push(parts.join(" "));
  console.error = (...parts: unknown[]) => void err.push(parts.join(" "));
  try {
    const code = await main(args);
    return { code, out: out.join("\n"), err: err.join("\n") };
  } finally {
    console.log = log;
    console.error = error;
  }
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(content));
}

const end = {
  kind: "end",
  arm: "sgd",
  epoch: 1,
  step: 2,
  seconds: 3,
  trainLoss: 0.4321,
  trainError: 0.1,
  testLoss: null,
  testError: null,
  imagesPerSecond: 9,
};
const config = { optimizer: ["sgd"], model: "m", dataset: "d", epochs: 2, seed: 1 };

/** A run with these settings and lines of metrics. */
async function writeRun(path: string, settings: object, lines: readonly object[]): Promise<void> {
  const own = { ...config, ...settings };
  const arms = own.optimizer.map((name) => ({ name, initialWeights: "default" }));
  const summary = { format: 2, title: `${own.model} on ${own.dataset}`, facts: [], arms };
  await writeJson(`${path}/config.json`, own);
  await writeJson(`${path}/run.json`, summary);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  await Deno.writeTextFile(`${path}/metrics.jsonl`, text);
}

/** A run and a reproduction in a folder. */
async function writeResults(path: string, text = "text"): Promise<void> {
  await writeRun(`${path}/runs/one`, { dataset: `d ${text}` }, [end]);
  await writeJson(`${path}/more/fig4-laptop/summary.json`, sampleSummary(text));
  // the runs of a reproduction are not listed separately
  await writeJson(`${path}/more/fig4-laptop/points/p/run/config.json`, config);
  await writeJson(`${path}/more/fig4-laptop/points/p/run/metrics.jsonl`, end);
}

Deno.test("the site shows runs and reproductions with the commands that made them", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/site`;
  await writeResults(`${folder.path}/results`);
  const { code, out: printed, err } = await call(`--out=${out}`, `${folder.path}/results`);
  assertEquals([code, err], [0, ""]);
  assertStringIncludes(printed, "2 results: ");
  const index = await Deno.readTextFile(`${out}/index.html`);
  for (const text of ["The conclusion", "0.4321", "deno task reproduce fig4"]) {
    assertStringIncludes(index, text);
  }
  const [run] = [...index.matchAll(/<th scope="row"[^>]*><a href="([^"]+)"/g)].map(([, at]) => at);
  const report = await Deno.readTextFile(`${out}/${run}`);
  assertStringIncludes(report, "deno task train --model m");
  const links = [...index.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link!);
  assert(links.length >= 4);
  for (const link of links) assert((await Deno.stat(`${out}/${link}`)).isFile, link);
});

Deno.test("each page links back to the index, which has no link to itself", async () => {
  await using folder = await temporaryFolder();
  await writeResults(`${folder.path}/results`);
  const out = `${folder.path}/site`;
  await call(`--out=${out}`, `${folder.path}/results`);
  const index = await Deno.readTextFile(`${out}/index.html`);
  const links = [...index.matchAll(/<a href="([^"]+report.html)"/g)].map(([, link]) => link!);
  const pages = new Set(links);
  assertEquals(pages.size, 2);
  for (const page of pages) {
    const html = await Deno.readTextFile(`${out}/${page}`);
    const [, link] = /<nav><a href="([^"]+)">← All results<\/a>/.exec(html)!;
    assertEquals(new URL(link!, `file://${out}/${page}`).pathname, `${out}/index.html`);
  }
  assertEquals(index.includes("<nav>"), false);
});

Deno.test("hostile texts are escaped in the index", async () => {
  await using folder = await temporaryFolder();
  await writeResults(folder.path, hostile);
  await call(`--out=${folder.path}/site`, folder.path);
  const index = await Deno.readTextFile(`${folder.path}/site/index.html`);
  assertEquals(index.match(/<script/g)?.length, 1);
});

Deno.test("a result that cannot be read is named in one line, and the others are shown", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await writeResults(path);
  await writeJson(`${path}/broken/summary.json`, { format: 1, title: "a\nb" });
  const { code, out, err } = await call(`--out=${path}/site`, path);
  assertEquals(code, 1);
  assertStringIncludes(err, `error: Cannot read ${path}/broken/summary.json`);
  assertEquals(err.includes("\n"), false);
  assertStringIncludes(out, "2 results");
});

Deno.test("wrong folders and flags give one line and their exit code", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/file`, "");
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [[`${path}/none`], 1, "it does not exist"],
    [[`${path}/file`], 1, "it is not a folder"],
    [[path], 1, "it contains no results"],
    [["--ouput=x"], 2, "did you mean --out?"],
    [["--out"], 2, "it must be the path of a folder: current value is empty"],
  ];
  for (const [args, expected, message] of cases) {
    const { code, err } = await call(...args);
    assertEquals(code, expected, err);
    assertStringIncludes(err, message);
    assertEquals(err.includes("\n"), false);
  }
});

Deno.test("a page that this command did not write is not overwritten", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await writeResults(`${path}/results`);
  await Deno.mkdir(`${path}/site`);
  await Deno.writeTextFile(`${path}/site/index.html`, "mine");
  await Deno.mkdir(`${path}/odd/index.html`, { recursive: true });
  for (const site of ["site", "odd"]) {
    const { code, err } = await call(`--out=${path}/${site}`, `${path}/results`);
    assertEquals(code, 1);
    assertStringIncludes(err, "it contains an index.html that this command did not write");
  }
  assertEquals(await Deno.readTextFile(`${path}/site/index.html`), "mine");
});

Deno.test("the site can be rebuilt in place", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await writeResults(`${path}/results`);
  await call(`--out=${path}/site`, `${path}/results`);
  const first = await Deno.readTextFile(`${path}/site/index.html`);
  assertEquals((await call(`--out=${path}/site`, `${path}/results`)).code, 0);
  assertEquals(await Deno.readTextFile(`${path}/site/index.html`), first);
});

/** Runs of a sweep in the order of their learning rates, one of which is not finished, and another. */
async function writeSweep(path: string): Promise<void> {
  const step = { kind: "step", arm: "sgd", epoch: 0.5, step: 1, seconds: 2, loss: 0.9 };
  const line = { ...step, accuracy: 0.5, learningRate: 0.1 };
  const errors = [[0.003, 0.3], [0.01, 0.1], [0.1, 0.2]] as const;
  for (const [lr, testError] of errors) {
    const tested = { ...end, testLoss: 1, testError };
    await writeRun(`${path}/sweep/lr-${lr}`, { lr: { sgd: lr }, out: `${lr}` }, [line, tested]);
  }
  await writeRun(`${path}/sweep/lr-1`, { lr: { sgd: 1 } }, [line]);
  await writeRun(`${path}/alone`, { model: "other" }, [end]);
}

/** The texts of the cells of a table's rows. */
function rowsOf(html: string): readonly (readonly string[])[] {
  return [...html.matchAll(/<tr>(.*)<\/tr>/g)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) =>
      cell!.replace(/<[^>]*>/g, "").trim()
    )
  );
}

Deno.test("runs of one model and dataset share a table, which shows what differs", async () => {
  await using folder = await temporaryFolder();
  await writeSweep(folder.path);
  await call(`--out=${folder.path}/site`, folder.path);
  const index = await Deno.readTextFile(`${folder.path}/site/index.html`);
  const [, sweep, others] = index.split('<table class="sortable">');
  assertStringIncludes(sweep!, "<caption>m on d</caption>");
  assertEquals(rowsOf(sweep!), [
    ["lr-0.003", "0.003", "30.00 %", "–", "3.0 s", "finished"],
    ["lr-0.01", "0.01", "10.00 %", "–", "3.0 s", "finished"],
    ["lr-0.1", "0.1", "20.00 %", "–", "3.0 s", "finished"],
    ["lr-1", "1", "–", "–", "2.0 s", "epoch 0.5 of 2"],
  ]);
  assertStringIncludes(others!, "<caption>Other runs</caption>");
  assertEquals(rowsOf(others!), [["alone", "other", "d", "0.4321", "–", "3.0 s", "finished"]]);
});

Deno.test("settings without a column of their own share one", async () => {
  await using folder = await temporaryFolder();
  const changes = { bias: true, batch: 8, momentum: 0.5, warmup: 2, schedule: "cosine", bn: "x" };
  const first = { bias: false, batch: 4, momentum: 0, warmup: null, schedule: null };
  await writeRun(`${folder.path}/runs/a`, first, [end]);
  await writeRun(`${folder.path}/runs/b`, { ...changes, seed: 2 }, [end]);
  await call(`--out=${folder.path}/site`, `${folder.path}/runs`);
  const rows = rowsOf(await Deno.readTextFile(`${folder.path}/site/index.html`));
  // as many columns as there is room for beside the optimizer; what a run lacks is no difference
  const own = [["1", "no", "4", "0", "–", "–"], ["2", "yes", "8", "0.5", "2", "cosine"]];
  const rest = ["0.4321", "–", "3.0 s", "finished"];
  assertEquals(rows, [["a", ...own[0]!, ...rest], ["b", ...own[1]!, ...rest]]);
  const more = { label: 0.1, patience: 3 };
  await writeRun(`${folder.path}/runs/a`, { ...first, label: 0, patience: null }, [end]);
  await writeRun(`${folder.path}/runs/b`, { ...changes, ...more, seed: 2 }, [end]);
  await call(`--out=${folder.path}/site`, `${folder.path}/runs`);
  const fuller = rowsOf(await Deno.readTextFile(`${folder.path}/site/index.html`));
  assertEquals(fuller.map((row) => row[7]), ["label 0", "label 0.1, patience 3"]);
});

Deno.test("runs are listed by their names, and by their paths if names are equal", async () => {
  await using folder = await temporaryFolder();
  const names = { a: "first", b: "same", c: "same", d: null };
  for (const [path, name] of Object.entries(names)) {
    await writeRun(`${folder.path}/runs/${path}`, { name }, [end]);
  }
  await call(`--out=${folder.path}/site`, `${folder.path}/runs`);
  const rows = rowsOf(await Deno.readTextFile(`${folder.path}/site/index.html`));
  assertEquals(rows.map(([label]) => label), ["first", "same: b", "same: c", "d"]);
});

/** A run with five optimizers and a long name, beside which others have two more. */
async function writeManyArms(path: string): Promise<void> {
  const many = ["sgd", "momentum", "gsgd", "path-sgd", "adam"];
  const more = ["sgd-skeleton", "path-sgd-skeleton"];
  for (
    const [name, optimizer] of [["2026-12-01T04-12-16-plainnet-20", many], ["b", more]] as const
  ) {
    const lines = optimizer.map((arm, i) => ({
      ...end,
      arm,
      testLoss: 1,
      testError: 0.5 - i / 10,
    }));
    const settings = { optimizer, model: `plainnet-20-${name}`, dataset: "fashion-mnist-7x7" };
    await writeRun(`${path}/${name}`, settings, lines);
  }
}

Deno.test("the results of more optimizers than there is room for share a column", async () => {
  await using folder = await temporaryFolder();
  await writeManyArms(folder.path);
  await call(`--out=${folder.path}/site`, folder.path);
  const index = await Deno.readTextFile(`${folder.path}/site/index.html`);
  const results = index.match(/<ul class="results">.*?<\/ul>/gs) ?? [];
  assertEquals(results.map((text) => text.match(/[\d.]+ %/g)), [
    ["50.00 %", "40.00 %", "30.00 %", "20.00 %", "10.00 %"],
    ["50.00 %", "40.00 %"],
  ]);
  assertStringIncludes(results[1]!, "path-sgd-skeleton");
});

const chromium = await findChromium();

Deno.test({
  name: "the list of runs with many optimizers fits windows and paper",
  ignore: chromium === undefined,
  async fn() {
    await using folder = await temporaryFolder();
    await writeManyArms(folder.path);
    await call(`--out=${folder.path}/site`, folder.path);
    await using page = await Page.open(chromium!, `file://${folder.path}/site/index.html`);
    await page.until("document.querySelector('thead button')");
    await checkLook(page);
    assertEquals(page.complaints, []);
  },
});

Deno.test({
  name: "the headings of the list sort its rows, and it fits a phone",
  ignore: chromium === undefined,
  async fn() {
    await using folder = await temporaryFolder();
    await writeSweep(folder.path);
    await call(`--out=${folder.path}/site`, folder.path);
    await using page = await Page.open(chromium!, `file://${folder.path}/site/index.html`);
    await page.until("document.querySelector('thead button')");
    const names = '[...document.querySelectorAll("table")][0].tBodies[0].innerText' +
      ".match(/lr-[\\d.]+/g)";
    const click = (title: string) =>
      page.evaluate(`[...document.querySelectorAll("thead button")]
        .find((button) => button.textContent.trim() === "${title}").click()`);
    const first = ["lr-0.003", "lr-0.01", "lr-0.1", "lr-1"];
    for (
      const [title, expected] of [
        ["test error, sgd", ["lr-0.01", "lr-0.1", "lr-0.003", "lr-1"]],
        ["test error, sgd", ["lr-0.003", "lr-0.1", "lr-0.01", "lr-1"]],
        ["test error, sgd", first],
        ["state", ["lr-1", "lr-0.003", "lr-0.01", "lr-0.1"]],
        ["lr", first],
        ["lr", first.toReversed()],
      ] as const
    ) {
      await click(title);
      assertEquals(await page.evaluate(names), expected, title);
    }
    assertEquals(
      await page.evaluate('document.querySelectorAll("[aria-sort=descending]").length'),
      1,
    );
    await checkLook(page);
    assertEquals(await keyboardFaults(page), []);
    await page.go(await page.evaluate('document.querySelector("tbody a").href'));
    await checkLook(page); // a report
    assertEquals(page.complaints, []);
  },
});
