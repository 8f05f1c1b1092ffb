import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { readVariables, Tensor, Variable } from "../../autograd/mod.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  fromTyped,
  toFloat32,
} from "../../checkpoint/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { type Backend, constant, interpret } from "../../graph/mod.ts";
import { features, loadDataset } from "../../datasets/mod.ts";
import { crossEntropyPerSample, initialize, PlainNet } from "../../layers/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import { describeDownload } from "../../cli/data/load.ts";
import { PlainDisplay } from "../../cli/display.ts";
import { layoutOf } from "../../train/batch_layout.ts";
import { placeSplit } from "../../train/mod.ts";
import { StepRunner } from "../../train/step_runner.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";
import { call, metricsOf, newestCheckpoint, temporaryFolder } from "./command.ts";
import { TRAIN_COUNT, writeTinyCifar } from "./tiny_cifar.ts";

/** Flags of a run on a few images; the checksums of the files are not the published ones. */
function flags(folder: string, out: string): string[] {
  const device = ["--device=cpu", "--threads=1", "--quiet"];
  const data = ["--dataset=cifar10", `--data-dir=${folder}`, "--allow-unverified"];
  return ["train", ...device, ...data, "--batch=8", "--out", `${folder}/${out}`];
}

/** Standard error without the warnings of `--allow-unverified`. */
function withoutWarnings(stderr: string): string {
  return stderr.split("\n").filter((line) => !line.startsWith("warning: ")).join("\n");
}

async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await call(...args);
  assertEquals([code, withoutWarnings(stderr)], [0, ""]);
  return stdout;
}

async function tensorsIn(path: string) {
  return decodeSafetensors(await Deno.readFile(path)).tensors;
}

Deno.test("a small network learns randomly cropped and flipped images from files", async () => {
  await using folder = await temporaryFolder();
  await writeTinyCifar(folder.path);
  const model = ["--model=plainnet-8:4-4-4", "--optimizer=momentum", "--lr=0.02", "--json"];
  const { optimizers: [end] } = JSON.parse(
    await run(...flags(folder.path, "run"), ...model, "--epochs=15"),
  );
  const out = `${folder.path}/run`;
  const epochs = (await metricsOf(out)).filter(({ kind }) => kind === "epoch");
  const losses = epochs.map(({ trainLoss }) => Number(trainLoss));
  assert(losses[0]! > 1.4 && losses.at(-1)! < 0.8 * losses[0]!, losses.join(" "));
  const config = JSON.parse(await Deno.readTextFile(`${out}/config.json`));
  assertEquals(
    [config.augment, config.batch, config.lr, config.momentum, config.classes, config.epochs],
    [true, 8, 0.02, 0.9, 10, 15],
  );
  await checkModelFile(folder.path, out, end.testLoss);
});

/** Checks the test loss against the weights and running statistics in the file. */
async function checkModelFile(dataDir: string, out: string, testLoss: number): Promise<void> {
  const tensors = await tensorsIn(`${out}/model.safetensors`);
  const model = initialize(new PlainNet(8, { widths: [4, 4, 4] }), { seed: 5 });
  assertEquals([...tensors.keys()].toSorted(), [...model.state().keys()].toSorted());
  assert(tensors.has("layer2.0.bn1.running_var"));
  const options = { dataDir, allowUnverified: true, onWarning: () => {} };
  const dataset = await loadDataset("cifar10", options);
  const { test } = dataset;
  const x = new Tensor(constant(features(dataset, test), [test.count, 3, 32, 32]));
  const loss = crossEntropyPerSample(model.forward(x), new Tensor(constant(test.y, [test.count])))
    .mean();
  const values = new Map(
    [...model.state()].map(([name, { node }]) => [node, toFloat32(tensors.get(name)!)]),
  );
  assertAlmostEquals(interpret([loss.node], values).get(loss.node)![0]!, testLoss, 1e-4);
}

Deno.test("a resumed run with batch normalization is bit-for-bit identical to an uninterrupted one", async () => {
  await using folder = await temporaryFolder();
  await writeTinyCifar(folder.path);
  const of = (out: string) => [...flags(folder.path, out), "--model=resnet-8:2-3-4"];
  const optimizer = ["--optimizer=gsgd", "--base-optimizer=momentum", "--shortcut=B"];
  await run(...of("whole"), ...optimizer, "--steps=7");
  // the first part ends in the middle of an epoch of 3 steps
  await run(...of("halves"), ...optimizer, "--steps=4");
  await run("train", "--resume", `${folder.path}/halves`, "--steps=7", "--quiet");
  const [whole, halves] = await Promise.all(
    ["whole", "halves"].map(async (out) =>
      tensorsIn(await newestCheckpoint(`${folder.path}/${out}`))
    ),
  );
  assertEquals(halves, whole);
  assert(whole!.has("layer2.0.downsample.1.running_mean"));
});

Deno.test("PyTorch's weights are loaded as initial weights, without the batch counters", async () => {
  await using folder = await temporaryFolder();
  await writeTinyCifar(folder.path);
  const model = initialize(new PlainNet(8, { widths: [2, 2, 2] }), { seed: 9 });
  const tensors = new Map(
    [...model.state()].map(([name, variable]) => {
      const value = variable.hostValue()!;
      return [name, fromTyped(Float32Array.from(value, (v) => v + 0.25), variable.shape)];
    }),
  );
  tensors.set("bn1.num_batches_tracked", fromTyped(BigInt64Array.of(3n), []));
  const weights = `${folder.path}/weights.safetensors`;
  await Deno.writeFile(weights, encodeSafetensors(tensors));
  const lr = ["--model=plainnet-8:2-2-2", "--optimizer=sgd", "--lr=0", "--steps=1"];
  await run(...flags(folder.path, "run"), ...lr, `--weights=${weights}`);
  const left = await tensorsIn(`${folder.path}/run/model.safetensors`);
  for (const name of ["conv1.weight", "bn1.weight", "fc.bias"]) {
    assertEquals(toFloat32(left.get(name)!), toFloat32(tensors.get(name)!), name);
  }
});

Deno.test("augmentation is off with --no-augment and for samples that are not photographs", async () => {
  await using folder = await temporaryFolder();
  await writeTinyCifar(folder.path);
  const model = ["--model=vgg:2-M-2", "--optimizer=sgd", "--steps=1"];
  await run(...flags(folder.path, "off"), ...model, "--no-augment");
  const digits = ["train", "--device=cpu", "--threads=1", "--quiet", "--dataset=digits"];
  await run(...digits, "--limit=20", ...model, "--out", `${folder.path}/digits`);
  for (const out of ["off", "digits"]) {
    const config = JSON.parse(await Deno.readTextFile(`${folder.path}/${out}/config.json`));
    assertEquals(config.augment, false, out);
  }
});

Deno.test("each step line covers the same number of steps, across epochs", async () => {
  await using folder = await temporaryFolder();
  await writeTinyCifar(folder.path);
  // an epoch has 3 steps, with 8, 8 and 4 samples
  const model = ["--model=mlp:3072-4-10", "--optimizer=sgd", "--log-every=2", "--lr=0"];
  await run(...flags(folder.path, "run"), ...model, "--epochs=3", "--no-shuffle");
  const metrics = await metricsOf(`${folder.path}/run`);
  const lines = metrics.filter(({ kind }) => kind === "step");
  assertEquals(lines.map(({ step }) => step), [2, 4, 6, 8, 9]);
  const loss = (i: number) => Number(lines[i]!.loss);
  const [epoch] = metrics.filter(({ kind }) => kind === "epoch");
  // without learning, steps 1 2, 3 4 and 5 6 of 16, 12 and 12 samples are two epochs
  const twoEpochs = (16 * loss(0) + 12 * loss(1) + 12 * loss(2)) / (2 * TRAIN_COUNT);
  assertAlmostEquals(twoEpochs, Number(epoch!.trainLoss), 1e-5);
  // steps 3 and 9 are the same 4 samples, and step 4 is step 1
  assertAlmostEquals(
    (12 * loss(1) - 4 * loss(4)) / 8 + (12 * loss(2) - 4 * loss(4)) / 8,
    2 * loss(0),
    1e-5,
  );
});

Deno.test("missing data files end the command with their names", async () => {
  await using folder = await temporaryFolder();
  const { code, stderr } = await call(...flags(folder.path, "run"), "--model=resnet-8");
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'Cannot load dataset "cifar10"');
  assertStringIncludes(stderr, "data_batch_1.bin");
  await writeTinyCifar(folder.path);
  for (const part of [2, 3, 4, 5]) {
    const copy = `${folder.path}/data_batch_${part}.bin`;
    await Deno.copyFile(`${folder.path}/data_batch_1.bin`, copy);
  }
  const strict = flags(folder.path, "run").filter((flag) => flag !== "--allow-unverified");
  const unverified = await call(...strict, "--model=resnet-8");
  assertEquals(unverified.code, 1);
  assertStringIncludes(unverified.stderr, "--allow-unverified");
});

Deno.test("explain needs no data files for the networks of the paper", async () => {
  const { code, stdout, stderr } = await call("explain", "--model=plainnet-20");
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "plainnet-20 for samples of [3, 32, 32]");
  assert(/^layer3\.2\.bn2 +BatchNorm2d +\[n, 64, 8, 8\] +128 +0$/m.test(stdout), stdout);
  assert(/^total +269,722 +81,102,080$/m.test(stdout), stdout);
  const json = await call("explain", "--model=resnet-8", "--dataset=cifar100", "--json");
  const { input, layers } = JSON.parse(json.stdout);
  assertEquals([input, layers.at(-1).output], [[3, 32, 32], [100]]);
});

Deno.test("the progress of a download is printed at intervals", () => {
  const lines: string[] = [];
  const { error } = console;
  console.error = (line: string) => void lines.push(line);
  try {
    const url = "https://example.org/a/b.gz";
    const progress = { dataset: "d", file: "b.gz", url, receivedBytes: 1.25e6, totalBytes: 5e6 };
    new PlainDisplay(0).show(() => describeDownload(progress));
    new PlainDisplay(1e9).show(() => describeDownload(progress));
  } finally {
    console.error = error;
  }
  assertEquals(lines, ["downloading b.gz from example.org  1.3 of 5.0 MB"]);
});

/** The state after a few steps of a small network with augmentation. */
async function stepsOn(backend: Backend, largeStep = Infinity): Promise<Map<string, number[]>> {
  const random = Uint8Array.from({ length: 12 * 192 }, (_, i) => (i * i * 31 + i * 7) % 251);
  const split = { x: random, y: Int32Array.from({ length: 12 }, (_, i) => i % 3), count: 12 };
  const normalization = { scale: 1 / 255, mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };
  const facts = { name: "noise", classes: 3, classNames: [], source: "", sampleShape: [3, 8, 8] };
  const dataset = { ...facts, train: split, test: split, normalization };
  const model = initialize(new PlainNet(8, { classes: 3, widths: [2, 3, 4] }), { seed: 3 });
  const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.05, momentum: 0.9 }));
  const place = { shape: [3, 8, 8], name: "train", bytesPerBuffer: 1000 };
  const order = new Variable(
    "order",
    { dtype: "i32", shape: [12] },
    () => Int32Array.from({ length: 12 }, (_, i) => 11 - i),
  );
  const data = placeSplit(dataset, split, place);
  const layout = layoutOf(12, 8, false);
  const more = { seed: 7, augment: true, label: "steps", largeStep };
  const parts = { model, optimizer, data, order, layout, ...more };
  const runner = new StepRunner(parts, backend);
  for (const [from, to] of [[0, 1], [1, 2], [2, 3]] as const) {
    await runner.prepare(from, to);
    await runner.run(from, to);
  }
  const state = [...runner.state()];
  const values = await readVariables(state.map(([, value]) => value));
  for (const owner of [runner, optimizer, data, order, model]) owner[Symbol.dispose]();
  return new Map(state.map(([name], i) => [name, [...values[i]!]]));
}

Deno.test("steps that are compiled again to save memory give bit-for-bit identical results", async () => {
  using backend = await openCpu({ threads: 1 });
  assertEquals(await stepsOn(backend, 0), await stepsOn(backend));
  assertEquals(backend.memory().liveBuffers, 0);
});

gpuTest(
  "three steps with augmentation and batch normalization agree on both backends",
  async (gpu) => {
    using cpu = await openCpu({ threads: 1 });
    const expected = await stepsOn(cpu);
    const actual = await stepsOn(gpu);
    assertEquals([...actual.keys()], [...expected.keys()]);
    for (const [name, values] of actual) {
      assertAllClose(values, expected.get(name)!, { relative: 1e-4, absolute: 1e-5 }, name);
    }
    const variance = actual.get("bn1.running_var")!;
    assert(variance.every((value) => value !== 1), "running statistics have moved");
  },
);
