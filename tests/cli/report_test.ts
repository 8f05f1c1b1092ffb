import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { defaults } from "../../cli/settings/config.ts";
import { commandOf } from "../../cli/report/run_command.ts";
import { readRun } from "../../cli/report/run_data.ts";
import { writeRunReport } from "../../cli/report/run_page.ts";
import { call, small, temporaryFolder } from "./command.ts";

const epoch = {
  kind: "epoch",
  arm: "a<script>",
  epoch: 1,
  step: 2,
  trainLoss: 1,
  trainAccuracy: 0.6,
  testLoss: null,
  testError: null,
  seconds: 2,
};

/** Writes the files of a run. */
async function write(path: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await Deno.mkdir(`${path}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
}

const config = { optimizer: ["a<script>", "b"], model: "m", dataset: "d", seed: 7 };
const arms = config.optimizer.map((name) => ({ name, initialWeights: "default" }));
const summary = { format: 2, title: "m on d", facts: [], arms };

async function failure(path: string): Promise<string> {
  try {
    await writeRunReport(path);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("no error was thrown");
}

Deno.test("a run writes a report with numbers, curves, classes, and how G-SGD treats each weight", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const { code } = await call(
    ...small,
    "--epochs=2",
    "--optimizer=sgd-skeleton,gsgd",
    `--out=${out}`,
  );
  assertEquals(code, 0);
  const html = await Deno.readTextFile(`${out}/report.html`);
  const titles = [...html.matchAll(/<figcaption>([^<]*)/g)].map(([, title]) => title);
  assertEquals(titles, [
    "Training loss, mean over the last steps",
    "Test error after each epoch",
    "Training loss minus that of sgd-skeleton, from the same initial weights",
    "Test loss after each epoch",
    "sgd-skeleton",
    "gsgd",
    "Layers 0 to 4",
    "0.weight",
    "2.weight",
    "4.weight",
  ]);
  for (const text of ["Test error by class", "How G-SGD treats each weight", "Settings"]) {
    assertStringIncludes(html, text);
  }
  assertStringIncludes(html, 'aria-labelledby="skeleton-gsgd-1-title skeleton-gsgd-1-desc"');
  assertStringIncludes(html, "0 connects 16 to 32 units.");
  const run = await readRun(out);
  const errors = run.ends.map(({ arm, testError }) =>
    `${(100 * testError!).toFixed(2)} % with ${arm}`
  );
  assertStringIncludes(html, `The test error of the final weights is ${errors.join(" and ")}.`);
  assert(html.indexOf("The test error of") < html.indexOf("<svg"));
  assert(html.indexOf("<svg") < html.indexOf("<h2>Result</h2>"));
  assertStringIncludes(html, run.ends[0]!.trainLoss.toFixed(4));
  assertStringIncludes(await Deno.readTextFile(`${out}/curves.svg`), run.title);
});

Deno.test("the report shows how Path-SGD treats each weight, once for equal optimizers", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const optimizers = "--optimizer=sgd,path-sgd,path-sgd-skeleton";
  await call(...small, "--steps=2", "--bias", optimizers, `--out=${out}`);
  const html = await Deno.readTextFile(`${out}/report.html`);
  assertStringIncludes(html, "<h2>How Path-SGD treats each weight</h2>");
  assertStringIncludes(html, "<h3>path-sgd and path-sgd-skeleton</h3>");
  const rows = [...html.matchAll(/class="text">([^<]+)<\/th><td class="text">gradient divided/g)];
  assertEquals(rows.map(([, name]) => name), [
    "0.weight",
    "0.bias",
    "2.weight",
    "2.bias",
    "4.weight",
    "4.bias",
  ]);
  assertStringIncludes(html, "The gradients of 6 of 6 parameters are divided by κ");
  assert(!html.includes("How G-SGD treats"));
  await write(out, { "path-sgd/path-sgd.json": { parameters: [{ name: 1 }] } });
  assertStringIncludes(await failure(out), "path-sgd/path-sgd.json: it is not what a run writes");
});

Deno.test("the report depends only on the folder: drawing it again gives the same file", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await call(...small, "--steps=4", "--optimizer=gsgd", `--out=${out}`);
  const first = await Deno.readTextFile(`${out}/report.html`);
  await Deno.remove(`${out}/report.html`);
  await writeRunReport(out);
  assertEquals(await Deno.readTextFile(`${out}/report.html`), first);
  assertStringIncludes(first, "<h3>The skeleton</h3>");
  // earlier versions wrote no skeleton
  await Deno.remove(`${out}/skeleton.json`);
  await writeRunReport(out);
  const without = await Deno.readTextFile(`${out}/report.html`);
  assert(!without.includes("<h3>The skeleton</h3>") && without.includes("How G-SGD treats"));
});

Deno.test("the report says when the run was started, also after it was resumed", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await call(
    ...small,
    "--steps=2",
    "--optimizer=sgd,adam",
    `--out=${out}`,
  );
  const file = `${out}/run.json`;
  const written = JSON.parse(await Deno.readTextFile(file));
  assert(Math.abs(Date.now() - Date.parse(written.started)) < 3_600_000, written.started);
  const says = async (text: string) =>
    assertStringIncludes(await Deno.readTextFile(`${out}/report.html`), text);
  const [date, time] = [written.started.slice(0, 10), written.started.slice(11, 16)];
  await says(
    `Started ${date} ${time} UTC. Learning rates: sgd 0.01 and adam 0.001.`,
  );
  await Deno.writeTextFile(file, JSON.stringify({ ...written, started: "2020-01-02T03:04:05Z" }));
  const { code } = await call("train", "--resume", out, "--steps=4", "--quiet");
  assertEquals(code, 0);
  await says("Started 2020-01-02 03:04 UTC");
  // a run of an earlier version does not know
  const { started: _, ...unknown } = written;
  await Deno.writeTextFile(file, JSON.stringify(unknown));
  await call("train", "--resume", out, "--steps=6", "--quiet");
  assert(!(await Deno.readTextFile(`${out}/report.html`)).includes("Started"));
});

Deno.test("a run that has just started has a report, with escaped names", async () => {
  await using folder = await temporaryFolder();
  const torn = `${JSON.stringify(epoch)}\n{"kind":"later"}\n{"kind":"st`;
  await write(folder.path, {
    "config.json": config,
    "run.json": summary,
    "metrics.jsonl": torn,
  });
  await writeRunReport(folder.path);
  const html = await Deno.readTextFile(`${folder.path}/report.html`);
  assert(!html.includes("a<script>"));
  assertStringIncludes(html, "a&lt;script&gt;");
  assertStringIncludes(html, "not finished");
  assertStringIncludes(html, "The run is not finished.");
});

Deno.test("the report is drawn even if losses diverged", async () => {
  await using folder = await temporaryFolder();
  const ranAway = { trainLoss: null, validationLoss: null, validationError: 0.9 };
  const lines = [epoch, { ...epoch, epoch: 2, ...ranAway }];
  const metrics = lines.map((line) => JSON.stringify(line)).join("\n");
  await write(folder.path, {
    "config.json": config,
    "run.json": summary,
    "metrics.jsonl": metrics,
  });
  await writeRunReport(folder.path);
  assertEquals(/NaN|Infinity/.exec(await Deno.readTextFile(`${folder.path}/report.html`)), null);
});

Deno.test("invalid files in a run folder are named in one line", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  assertStringIncludes(await failure(path), "the folder holds no run: config.json is missing");
  await write(path, { "config.json": "{" });
  assertStringIncludes(await failure(path), `Cannot report on ${path}: another version`);
  await write(path, { "run.json": { format: 2, title: 7 } });
  assertStringIncludes(
    await failure(path),
    `${path}/run.json: it is not what a run writes at title`,
  );
  await write(path, { "run.json": summary });
  assertStringIncludes(await failure(path), `Cannot read ${path}/config.json`);
  await write(path, { "config.json": { ...config, optimizer: [] } });
  assertStringIncludes(await failure(path), "at optimizer");
  await write(path, {
    "config.json": config,
    "metrics.jsonl": `nonsense\n${JSON.stringify(epoch)}\n`,
  });
  assertStringIncludes(await failure(path), "line 1 is not a metric");
  const confusion = { classes: ["x", "y"], counts: [[1, 2]], perClassError: [0, 0] };
  await write(path, { "metrics.jsonl": "", "b/confusion.json": confusion });
  assertStringIncludes(await failure(path), "b/confusion.json: it is not what a run writes");
});

Deno.test("commandOf() lists the settings that differ from the defaults", () => {
  const run = { ...defaults, lr: { sgd: 0.1, gsgd: 0.1 }, bias: true, shuffle: false, out: "x" };
  assertEquals(commandOf("x", run), "deno task train --bias --no-shuffle --lr 0.1");
  assertEquals(
    commandOf("x", run, 2),
    "mpirun -n 2 deno task train-mpi --bias --no-shuffle --lr 0.1",
  );
  assertEquals(
    commandOf("my runs", { ...defaults, lr: { sgd: 0.1, gsgd: 0.2 } }),
    "deno task train --config 'my runs/config.json' --out NEW",
  );
  const odd = { ...defaults, dataset: "it's; rm -rf" };
  assertEquals(commandOf("x", odd), `deno task train --dataset 'it'\\''s; rm -rf'`);
});
