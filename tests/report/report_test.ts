import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../report/main.ts";
import { temporaryFolder } from "../cli/command.ts";
import { hostile } from "../figures/sample_figures.ts";
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

/** A run and a reproduction in a folder. */
async function writeResults(path: string, text = "text"): Promise<void> {
  const config = { optimizer: ["sgd"], model: "m", dataset: `d ${text}`, seed: 1 };
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
  const arms = [{ name: "sgd", initialWeights: "default" }];
  const summary = { format: 2, title: `m on ${config.dataset}`, facts: [], arms };
  await writeJson(`${path}/runs/one/config.json`, config);
  await writeJson(`${path}/runs/one/run.json`, summary);
  await writeJson(`${path}/runs/one/metrics.jsonl`, end);
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
  for (const text of ["The conclusion", "0.4321", "deno task reproduce fig4", "deno task train"]) {
    assertStringIncludes(index, text);
  }
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
  const pages = [...index.matchAll(/<h3><a href="([^"]+)"/g)].map(([, link]) => link!);
  assertEquals(pages.length, 2);
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
