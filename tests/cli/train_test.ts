import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import {
  decodeSafetensors,
  encodeSafetensors,
  fromTyped,
  toFloat32,
} from "../../checkpoint/mod.ts";
import { call, metricsOf, newestCheckpoint, small, start, temporaryFolder } from "./command.ts";

async function tensorsOf(path: string): Promise<Map<string, number[]>> {
  const { tensors } = decodeSafetensors(await Deno.readFile(path));
  return new Map([...tensors].map(([name, tensor]) => [name, [...toFloat32(tensor)]]));
}

async function filesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.toSorted();
}

Deno.test("a run writes config, metrics, report, and the weights of each optimizer", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const { code, stdout, stderr } = await call(...small, "--epochs=2", "--out", out);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "sgd-skeleton  default, skeleton 1");
  assertStringIncludes(stdout, "From sgd to gsgd, train loss changes by");
  assertStringIncludes(
    await Deno.readTextFile(`${out}/report.html`),
    "From sgd to gsgd, train loss",
  );
  assertEquals(await filesOf(out), [
    "config.json",
    "curves.svg",
    "gsgd",
    "metrics.jsonl",
    "report.html",
    "results.txt",
    "run.json",
    "sgd",
    "sgd-skeleton",
  ]);
  const files = [
    "checkpoints",
    "confusion.json",
    "gsgd.json",
    "gsgd.txt",
    "model.safetensors",
    "skeleton.json",
  ];
  assertEquals(await filesOf(`${out}/gsgd`), files);
  const model = decodeSafetensors(await Deno.readFile(`${out}/gsgd/model.safetensors`));
  const shapes = [...model.tensors].map(([name, { shape }]) => `${name} ${shape.join("x")}`);
  assertEquals(shapes.toSorted(), ["0.weight 32x16", "2.weight 32x32", "4.weight 10x32"]);
  const config = JSON.parse(await Deno.readTextFile(`${out}/config.json`));
  assertEquals([config.model, config.batch, config.out], ["mlp:16-32-32-10", 32, out]);
  const metrics = await metricsOf(out);
  assertEquals(metrics.filter(({ kind }) => kind === "epoch").length, 6);
  const ends = metrics.filter(({ kind }) => kind === "end");
  assertEquals(ends.map(({ arm }) => arm), ["sgd", "sgd-skeleton", "gsgd"]);
  // 200 samples in batches of 32: 7 steps an epoch, the last with 8 samples
  assertEquals(ends.map(({ step }) => step), [14, 14, 14]);
});

Deno.test("training learns the synthetic data", async () => {
  await using folder = await temporaryFolder();
  const flags = [...small, "--optimizer=adam", "--lr=0.01", "--epochs=20", "--json"];
  const { stdout } = await call(...flags, "--out", `${folder.path}/run`);
  const { optimizers: [adam] } = JSON.parse(stdout);
  assert(adam.trainLoss < 0.05 && adam.testError < 0.2, stdout);
});

const arms = ["gsgd", "momentum", "adam"];

Deno.test("a resumed run is bit-for-bit identical to an uninterrupted one", async () => {
  await using folder = await temporaryFolder();
  const [whole, halves] = [`${folder.path}/whole`, `${folder.path}/halves`];
  const flags = [...small, `--optimizer=${arms}`, "--schedule=step:1", "--lr-factor=0.8"];
  await call(...flags, "--steps=24", "--out", whole);
  // the first part ends in the middle of an epoch
  await call(...flags, "--steps=10", "--out", halves);
  const { code, stderr } = await call("train", "--resume", halves, "--steps=24");
  assertEquals([code, stderr], [0, ""]);
  for (const arm of arms) {
    const [one, two] = await Promise.all(
      [whole, halves].map(async (path) => Deno.readFile(await newestCheckpoint(`${path}/${arm}`))),
    );
    const [a, b] = [decodeSafetensors(one!), decodeSafetensors(two!)];
    assertEquals(a.tensors, b.tensors, arm);
    assert(a.tensors.has("optimizer.step") && a.tensors.has("epoch.loss"));
  }
  const lines = async (path: string) =>
    (await metricsOf(path)).filter(({ kind }) => kind === "epoch")
      .map(({ arm, step, trainLoss, testLoss }) => [arm, step, trainLoss, testLoss].join())
      .toSorted();
  const without = (all: readonly string[]) => all.filter((line) => !/,10,/.test(line));
  assertEquals(without(await lines(halves)), await lines(whole));
});

Deno.test("--epochs takes precedence over the steps of a config file", async () => {
  await using folder = await temporaryFolder();
  const config = `${folder.path}/config.json`;
  await Deno.writeTextFile(config, JSON.stringify({ steps: 3, optimizer: "sgd" }));
  const run = async (...more: readonly string[]) => {
    const out = `${folder.path}/run${more.length}`;
    const { code, stderr } = await call(...small, `--config=${config}`, ...more, `--out=${out}`);
    assertEquals(code, 0, stderr);
    return (await metricsOf(out)).at(-1)?.step;
  };
  assertEquals(await run(), 3);
  assertEquals(await run("--epochs=2"), 2 * Math.ceil(200 / 32));
});

Deno.test("images per second count trained samples, not dropped ones", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const flags = ["--limit=100", "--batch=60", "--drop-last", "--steps=2", "--optimizer=sgd"];
  await call(...small, ...flags, `--out=${out}`);
  const { imagesPerSecond, seconds } = (await metricsOf(out)).at(-1)!;
  assertEquals(Math.round(Number(imagesPerSecond) * Number(seconds)), 120);
});

Deno.test("--resume accepts only changeable settings and a folder with a run", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await call(...small, "--optimizer=sgd", "--steps=2", "--out", out);
  const changed = await call("train", "--resume", out, "--lr=1");
  assertStringIncludes(changed.stderr, "Cannot use --lr with --resume");
  assertEquals(changed.code, 2);
  const nothing = await call("train", "--resume", folder.path);
  assertStringIncludes(nothing.stderr, "the folder holds no run");
  const used = await call(...small, "--steps=2", "--out", out);
  assertStringIncludes(used.stderr, "the folder must be new or empty");
  const shorter = await call("train", "--resume", out, "--steps=1");
  assertStringIncludes(shorter.stderr, "current number of steps done by sgd is 2");
  assertEquals(shorter.code, 2);
  await Deno.writeFile(await newestCheckpoint(out), new Uint8Array(100));
  const broken = await call("train", "--resume", out, "--steps=4");
  assertStringIncludes(broken.stderr, "step-00000002.safetensors");
  assertEquals([nothing.code, used.code, broken.code], [1, 1, 1]);
});

/** Two tensors for a network 4-3-2, and a dataset of 5 samples in the order of their numbers. */
async function blackBox(folder: string): Promise<{ weights: string; data: string }> {
  const [weights, data] = [`${folder}/init.safetensors`, `${folder}/data.safetensors`];
  const w = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1) / 2);
  const model = new Map([
    ["0.weight", fromTyped(w(12), [3, 4])],
    ["2.weight", fromTyped(w(6), [2, 3])],
  ]);
  await Deno.writeFile(weights, encodeSafetensors(model));
  const x = Float32Array.from({ length: 20 }, (_, i) => Math.cos(i));
  const samples = new Map([
    ["x", fromTyped(x, [5, 4])],
    ["y", fromTyped(BigInt64Array.of(0n, 1n, 0n, 1n, 1n), [5])],
  ]);
  await Deno.writeFile(data, encodeSafetensors(samples));
  return { weights, data };
}

Deno.test("weights and data are read from safetensors files, in the order of the file", async () => {
  await using folder = await temporaryFolder();
  const { weights, data } = await blackBox(folder.path);
  const flags = [
    "train",
    "--device=cpu",
    "--threads=1",
    "--quiet",
    "--model=mlp:4-3-2",
    "--optimizer=sgd",
    "--no-shuffle",
    "--normalize=unit",
    "--batch=2",
    "--lr=0.5",
    `--weights=${weights}`,
    `--dataset=${data}`,
  ];
  const run = async (name: string, ...more: string[]) => {
    const result = await call(...flags, ...more, "--out", `${folder.path}/${name}`);
    assertEquals([result.code, result.stderr], [0, ""]);
    return await tensorsOf(`${folder.path}/${name}/model.safetensors`);
  };
  const first = await tensorsOf(weights);
  const x = Array.from({ length: 20 }, (_, i) => Math.fround(Math.cos(i)));
  const labels = [0, 1, 0, 1, 1];
  const step = (w: Weights, rows: readonly number[]) => sgdStep(w, x, labels, rows, 0.5);
  const start = { w0: first.get("0.weight")!, w2: first.get("2.weight")! };
  // three steps are one epoch: samples 0 1, 2 3, and 4; the fourth starts over
  const kept = [[0, 1], [2, 3], [4], [0, 1]].reduce(step, start);
  near(await run("kept", "--steps=4"), kept);
  const dropped = [[0, 1], [2, 3], [0, 1], [2, 3]].reduce(step, start);
  near(await run("dropped", "--steps=4", "--drop-last"), dropped);
});

interface Weights {
  readonly w0: readonly number[];
  readonly w2: readonly number[];
}

/** One step of SGD on a network 4-3-2 with ReLU and mean cross-entropy, in plain loops. */
function sgdStep(
  { w0, w2 }: Weights,
  x: readonly number[],
  labels: readonly number[],
  rows: readonly number[],
  rate: number,
): Weights {
  const [g0, g2] = [w0.map(() => 0), w2.map(() => 0)];
  for (const row of rows) {
    const input = x.slice(4 * row, 4 * row + 4);
    const hidden = [0, 1, 2].map((j) =>
      Math.max(0, input.reduce((sum, value, i) => sum + w0[4 * j + i]! * value, 0))
    );
    const logits = [0, 1].map((k) => hidden.reduce((sum, h, j) => sum + w2[3 * k + j]! * h, 0));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const error = logits.map((logit, k) =>
      (Math.exp(logit) / total - (k === labels[row] ? 1 : 0)) / rows.length
    );
    hidden.forEach((h, j) => {
      error.forEach((e, k) => g2[3 * k + j]! += e * h);
      const back = h > 0 ? error.reduce((sum, e, k) => sum + e * w2[3 * k + j]!, 0) : 0;
      input.forEach((value, i) => g0[4 * j + i]! += back * value);
    });
  }
  const next = (w: readonly number[], g: readonly number[]) => w.map((v, i) => v - rate * g[i]!);
  return { w0: next(w0, g0), w2: next(w2, g2) };
}

function near(actual: ReadonlyMap<string, readonly number[]>, { w0, w2 }: Weights): void {
  for (const [name, wanted] of [["0.weight", w0], ["2.weight", w2]] as const) {
    const worst = actual.get(name)!.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)),
      0,
    );
    assert(worst < 1e-6, `${name} is off by ${worst}`);
  }
}

Deno.test("skeletonInit keep leaves loaded weights unchanged, and one sets the skeleton", async () => {
  await using folder = await temporaryFolder();
  const { weights, data } = await blackBox(folder.path);
  const flags = ["train", "--device=cpu", "--threads=1", "--quiet", "--model=mlp:4-3-2", "--lr=0"];
  const run = async (init: string) => {
    const out = `${folder.path}/${init}`;
    const files = [`--weights=${weights}`, `--dataset=${data}`, "--out", out];
    const more = ["--optimizer=gsgd", `--skeleton-init=${init}`, "--steps=1"];
    const result = await call(...flags, ...more, ...files);
    assertEquals([result.code, result.stderr], [0, ""]);
    return await tensorsOf(`${out}/model.safetensors`);
  };
  const given = await tensorsOf(weights);
  assertEquals(await run("keep"), given);
  const one = await run("one");
  assertNotEquals(one, given);
  const diagonal = [0, 5, 10].map((i) => one.get("0.weight")![i]);
  assertEquals(diagonal, [1, 1, 1]);
});

Deno.test("weights that do not fit the model are refused by name", async () => {
  await using folder = await temporaryFolder();
  const { weights, data } = await blackBox(folder.path);
  const run = (...flags: string[]) =>
    call("train", "--device=cpu", "--threads=1", "--quiet", `--dataset=${data}`, ...flags);
  const extra = await run("--model=mlp:4-3-2", "--bias", `--weights=${weights}`);
  assertStringIncludes(extra.stderr, 'missing are "0.bias", "2.bias"');
  const shape = await run("--model=mlp:4-2-2", `--weights=${weights}`);
  assertStringIncludes(shape.stderr, '"0.weight"');
  assertStringIncludes(shape.stderr, "is F32[3, 4] instead of f32[2, 4]");
  const wrong = await run("--model=mlp:4-3-2", `--weights=${data}`);
  assertStringIncludes(wrong.stderr, 'unexpected are "y", "x"');
  assertEquals([extra.code, shape.code, wrong.code], [1, 1, 1]);
});

Deno.test("a loss that is not finite stops the run and names the first bad tensor", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const flags = [...small, "--optimizer=sgd", "--lr=1e30", "--epochs=3", "--out", out];
  const { code, stderr } = await call(...flags);
  assertEquals(code, 1);
  assertEquals(stderr.split("\n").length, 1);
  assertStringIncludes(stderr, "the loss is not finite: the first bad tensor is");
  assertStringIncludes(stderr, "values are not finite, in step");
  // the loss contains a NaN for labels that are not classes, which is no failure
  assert(!stderr.includes('"full"'), stderr);
  assertStringIncludes(stderr, `the weights after step 0 are kept in ${out}`);
  const model = await tensorsOf(`${out}/model.safetensors`);
  assert([...model.values()].flat().every(Number.isFinite));
});

Deno.test("a folder that cannot be made is reported in one line", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const { code, stderr } = await call(...small, "--out", `${folder.path}/file/run`);
  assertEquals([code, stderr.split("\n").length], [1, 1]);
  assertStringIncludes(stderr, `Cannot put a new run in ${folder.path}/file/run`);
  assertStringIncludes(stderr, "it is a file, or inside of one");
});

Deno.test({
  name: "Ctrl-C saves and exits with 130, and the run can resume",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    const out = `${folder.path}/run`;
    const flags = ["--optimizer=sgd", "--dataset=synthetic", "--device=cpu", "--threads=1"];
    const child = start("train", ...flags, "--epochs=1000000", "--out", out);
    const output = child.output();
    while (!await exists(`${out}/metrics.jsonl`)) await new Promise((r) => setTimeout(r, 20));
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGINT");
    const { code, stderr } = await output;
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, 130, text);
    assertStringIncludes(text, `continue with --resume ${out}`);
    const { metadata } = decodeSafetensors(await Deno.readFile(await newestCheckpoint(out)));
    const { step } = JSON.parse(metadata.get("progress")!);
    const resumed = await call("train", "--resume", out, `--steps=${step + 3}`, "--quiet");
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
  },
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
