import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandError } from "../../../cli/errors.ts";
import { loadExperiments } from "../../../reproduce/catalog.ts";
import { reproductionPage } from "../../../reproduce/page/page.ts";
import { readSummary } from "../../../reproduce/page/read_summary.ts";
import { writeReproductionReport } from "../../../reproduce/page/write.ts";
import { temporaryFolder } from "../../cli/command.ts";
import { hostile } from "../../figures/sample_figures.ts";
import { sampleSummary } from "./sample_summary.ts";

Deno.test("the page shows the finding with its figure, the numbers, and then everything else", async () => {
  const html = await reproductionPage(sampleSummary());
  const order = [
    "The conclusion",
    "39 of 40 runs",
    "By width",
    "0.4865 ± 0.0123",
    "−0.0200 to −0.0046",
    "More figures",
    "The claim",
    "Fewer widths",
    "What is compared",
    "deno task reproduce fig4 --scale laptop",
  ].map((text) => [text, html.indexOf(text)] as const);
  for (const [text, at] of order) assert(at > 0, `${text} is missing`);
  assertEquals(order.toSorted(([, a], [, b]) => a - b), order);
});

Deno.test("the paper's numbers are beside ours, with their standard deviations and sources", async () => {
  const html = await reproductionPage(sampleSummary());
  assertStringIncludes(html, "the paper ↓");
  assertStringIncludes(html, "7.7600 ± 0.1700 <small>table 1 text</small>");
});

Deno.test("differences of errors in percent are in points", async () => {
  const sample = sampleSummary();
  const [first] = sample.comparisons;
  const error = { ...first!, metric: "test error", unit: "%" };
  const html = await reproductionPage({ ...sample, comparisons: [error] });
  assertStringIncludes(html, "test error (points)");
  assertStringIncludes(html, "difference in test error (points)");
  assertEquals(html.includes("test error (%)"), false);
});

Deno.test("the page says what is partial, diverged, or cannot be tested", async () => {
  const html = await reproductionPage(sampleSummary());
  assertStringIncludes(html, "39 of 40 runs are finished: all numbers are partial");
  assertStringIncludes(html, "1 of which diverged");
  assertStringIncludes(html, "n = 4, 1 diverged");
  assertStringIncludes(html, "5 diverged");
  assertStringIncludes(html, "cannot be tested");
  assertStringIncludes(html, "G-SGD is better");
});

Deno.test("a page of the paper's own setting lists no differences", async () => {
  const html = await reproductionPage({ ...sampleSummary(), scale: "paper", differences: [] });
  assertStringIncludes(html, "setting: none.");
});

Deno.test("throughput is drawn as bars, differences as intervals", async () => {
  const html = await reproductionPage(sampleSummary());
  const titles = [...html.matchAll(/<figcaption>([^<]*)/g)].map(([, title]) => title);
  assertEquals(titles, [
    "train loss text",
    "test error text",
    "throughput text",
    "train loss: difference, lower is better",
  ]);
});

Deno.test("text from a summary is escaped", async () => {
  const html = await reproductionPage(sampleSummary(hostile));
  assertEquals(html.match(/<script/g)?.length, 1);
  assertStringIncludes(html, "&lt;script&gt;");
});

Deno.test("the page and a file for each figure are written to the folder", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/summary.json`, JSON.stringify(sampleSummary()));
  assertEquals(await writeReproductionReport(path), `${path}/report.html`);
  const files = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).toSorted();
  assertEquals(files, [
    "differences.svg",
    "fig4.svg",
    "report.html",
    "summary.json",
    "throughput.svg",
  ]);
  assertStringIncludes(await Deno.readTextFile(`${path}/fig4.svg`), "By width");
});

Deno.test("an invalid summary is refused in one line that says where", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/summary.json`;
  const sample = sampleSummary();
  const figure = { ...sample.figures[0]!, name: "../../etc/passwd" };
  const cases: readonly (readonly [unknown, string])[] = [
    ["{", "it must be JSON"],
    [JSON.stringify([]), "it is not the summary of a reproduction"],
    [JSON.stringify({ ...sample, format: 2 }), "at format"],
    [JSON.stringify({ ...sample, verdict: "yes" }), "at verdict"],
    [JSON.stringify({ ...sample, figures: [figure] }), "at figures.0.name"],
    [
      JSON.stringify({ ...sample, figures: [sample.figures[0], sample.figures[0]] }),
      "names must differ",
    ],
    [
      JSON.stringify({ ...sample, tables: [{ ...sample.tables[0], columns: [] }] }),
      "a cell for each",
    ],
    [JSON.stringify({ ...sample, points: { ...sample.points, done: -1 } }), "at points.done"],
  ];
  for (const [text, expected] of cases) {
    await Deno.writeTextFile(path, String(text));
    const error = await assertRejects(() => readSummary(path), CommandError);
    assertStringIncludes(error.message, `Cannot read ${path}: `);
    assertStringIncludes(error.message, expected);
    assertEquals(error.message.includes("\n"), false);
  }
});

Deno.test("reading a summary returns what was written", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/summary.json`;
  await Deno.writeTextFile(path, JSON.stringify(sampleSummary()));
  assertEquals(await readSummary(path), sampleSummary());
});

Deno.test("the figures of every experiment have valid names", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/summary.json`;
  const [figure] = sampleSummary().figures;
  for (const { figures } of await loadExperiments()) {
    const named = figures.map(({ name }) => ({ ...figure!, name }));
    await Deno.writeTextFile(path, JSON.stringify({ ...sampleSummary(), figures: named }));
    assertEquals((await readSummary(path)).figures.length, figures.length);
  }
});
