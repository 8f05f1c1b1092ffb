import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as gs from "../../mod.ts";
import { features, makeSynthetic } from "../../datasets/mod.ts";
import { inProcess } from "../../distributed/mod.ts";
import type { Backend, HostArray } from "../../graph/mod.ts";
import type { ValueHistogram } from "../../metrics/mod.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { ArmLayers } from "../../cli/training/arm_layers.ts";
import { LayerStatistics } from "../../cli/training/layer_statistics.ts";
import { EpochBatches } from "../../train/epoch_batches.ts";
import { placeSplit } from "../../train/mod.ts";
import { StepRunner } from "../../train/step_runner.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";

const data = makeSynthetic({
  ...{ seed: 2, classes: 3, sampleShape: [4], noise: 0.5, trainCount: 23, testCount: 9 },
});

/** What is measured: a model with an odd number of units, and a vector and a scale. */
function setup(
  backend: Backend,
  batchSize: number,
  more: Partial<StepRunner["parts"]> = {},
  layers: readonly gs.Module[] = [new gs.Linear(4, 7), new gs.BatchNorm1d(7), new gs.ReLU()],
) {
  const all = [...layers, new gs.Linear(7, 3)];
  const model = gs.initialize(new gs.Sequential(all), { seed: 3 });
  const transform = gs.sgd({ learningRate: 0.1, momentum: 0.9 });
  const optimizer = new gs.Optimizer(model.parameters(), transform);
  const shape = { shape: [4], name: "train", bytesPerBuffer: 2 ** 20 };
  const placed = placeSplit(data, data.train, shape);
  const options = { count: 23, batchSize, shuffle: true, seed: 5, lastBatch: "keep" } as const;
  const batches = new EpochBatches(options, { alpha: undefined, classes: 3 });
  const { order, layout } = batches;
  const parts = { model, optimizer, data: placed, order, layout, seed: 1, label: "test", ...more };
  const runner = new StepRunner(parts, backend);
  const owners = [runner, placed, batches, optimizer, model];
  return {
    ...{ model, optimizer, batches, runner },
    [Symbol.dispose]: () => owners.forEach((owner) => owner[Symbol.dispose]()),
  };
}

/** Gradients of the loss on the first samples of the epoch, as a program would take them. */
async function gradientsOn(
  samples: number,
  { model, batches }: ReturnType<typeof setup>,
  backend: Backend,
): Promise<readonly HostArray[]> {
  const all = features(data, data.train);
  const index = [...(await batches.order.data()).slice(0, samples)];
  const x = gs.tensor(Float32Array.from(index.flatMap((i) => [...all.slice(4 * i, 4 * i + 4)])), [
    samples,
    4,
  ]);
  const labels = gs.tensor(Int32Array.from(index, (i) => data.train.y[i]!));
  const record = gs.ignoreStatistics;
  const loss = gs.crossEntropy(model.forward(x, { training: true, record }), labels);
  return await gs.evaluate(gs.gradientsOf(loss, model.parameters()), { backend });
}

const normOf = (values: Iterable<number>) => Math.hypot(...values);

/** Compares a histogram with one that plain loops count. */
function checkHistogram(found: ValueHistogram, values: readonly number[], what: string): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = normOf(values.map((value) => value - mean)) / Math.sqrt(values.length);
  const low = Math.max(Math.min(...values), mean - 4 * deviation);
  const high = Math.min(Math.max(...values), mean + 4 * deviation);
  const scale = Math.max(Math.abs(low), Math.abs(high));
  assertAlmostEquals(found.low, low, 1e-5 * scale, `${what}: low`);
  assertAlmostEquals(found.high, high, 1e-5 * scale, `${what}: high`);
  const bins = found.counts.length;
  const wanted = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor((value - low) / (high - low) * bins);
    wanted[Math.max(0, Math.min(bins - 1, bin))]!++;
  }
  assertEquals(found.counts.reduce((sum, count) => sum + count, 0), values.length, what);
  // a value on an edge may be in the bin beside
  const moved = found.counts.reduce((sum, count, i) => sum + Math.abs(count - wanted[i]!), 0);
  assert(moved <= 2, `${what}: ${found.counts} and ${wanted}`);
}

async function checkStatistics(backend: Backend): Promise<void> {
  using all = setup(backend, 8);
  const { runner, model, batches } = all;
  using statistics = await LayerStatistics.create(runner, backend);
  for (const epoch of [0, 1]) {
    batches.setEpoch(epoch);
    const { samples, parameters } = await statistics.measure();
    assertEquals(samples, 8);
    assertEquals(parameters.map(({ name }) => name), model.parameters().map(({ name }) => name));
    const gradients = await gradientsOn(8, all, backend);
    const weights = await gs.readVariables(model.parameters());
    parameters.forEach(({ name, ...found }, i) => {
      const [w, g] = [[...weights[i]!], [...gradients[i]!]];
      assertAlmostEquals(found.weightNorm, normOf(w), 1e-5 * normOf(w), name);
      // the bias before a batch normalization has no gradient but rounding
      assertAlmostEquals(found.gradientNorm, normOf(g), 1e-4 * normOf(g) + 1e-6, name);
      assertEquals(found.weights !== undefined, model.parameters()[i]!.shape.length > 1, name);
      if (!found.weights || !found.gradients) return;
      checkHistogram(found.weights, w, name);
      checkHistogram(found.gradients, g, `d(${name})`);
    });
    await runner.prepare(3 * epoch, 3 * epoch + 3);
    await runner.run(3 * epoch, 3 * epoch + 3);
  }
}

for (const threads of [1, 2]) {
  cpuTest(
    `statistics are those of the weights and gradients, ${threads} threads`,
    checkStatistics,
    {
      threads,
    },
  );
}
gpuTest("statistics are those of the weights and gradients on the GPU", checkStatistics);

/** All values after 5 steps of batches of 8, 8, and 7 samples. */
async function trained(backend: Backend, measureAfter: readonly number[]) {
  using all = setup(backend, 8);
  const { runner, batches } = all;
  let statistics: LayerStatistics | undefined;
  for (let step = 0; step < 5; step++) {
    if (step % 3 === 0) batches.setEpoch(step / 3);
    await runner.prepare(step, step + 1);
    await runner.run(step, step + 1);
    if (!measureAfter.includes(step)) continue;
    statistics ??= await LayerStatistics.create(runner, backend);
    await statistics.measure();
  }
  statistics?.[Symbol.dispose]();
  return await gs.readVariables([...runner.state().values()]);
}

async function checkNothingChanges(backend: Backend): Promise<void> {
  const without = await trained(backend, []);
  for (const measured of [[0], [0, 1, 2, 3, 4], [2, 4]]) {
    assertEquals(await trained(backend, measured), without, measured.join());
  }
}

cpuTest("weights, statistics of layers, and momentum are the same bits", checkNothingChanges);
gpuTest(
  "weights, statistics of layers, and momentum are the same bits on the GPU",
  checkNothingChanges,
);

cpuTest("equal values are in one bin, and values that are not finite in none", async (backend) => {
  using all = setup(backend, 8);
  const [first, , , , last] = all.model.parameters();
  first!.assign(new Float32Array(28).fill(2));
  last!.assign(new Float32Array(21).fill(NaN));
  using statistics = await LayerStatistics.create(all.runner, backend);
  const { parameters } = await statistics.measure();
  const [equal, , , , notFinite] = parameters;
  assertEquals([equal!.weights!.low, equal!.weights!.high], [2, 2]);
  assertEquals(equal!.weights!.counts.slice(0, 2), [28, 0]);
  assertAlmostEquals(equal!.weightNorm, 2 * Math.sqrt(28), 1e-5);
  assertEquals(notFinite!.weightNorm, NaN);
  assertEquals(notFinite!.weights!.counts.filter((count) => count > 0), []);
});

cpuTest("as many samples are used as a process computes at once", async (backend) => {
  const samplesOf = async (batch: number, more: Partial<StepRunner["parts"]>) => {
    using all = setup(backend, batch, more);
    using statistics = await LayerStatistics.create(all.runner, backend);
    return (await statistics.measure()).samples;
  };
  assertEquals(await samplesOf(8, {}), 8);
  assertEquals(await samplesOf(8, { accumulate: 3 }), 3);
  assertEquals(await samplesOf(100, {}), 23); // there are not more
  const onRanks = await inProcess(2, (communicator) => samplesOf(8, { communicator }));
  assertEquals(onRanks, [4, 4]);
});

async function checkManyLayers(backend: Backend): Promise<void> {
  const layers = Array.from({ length: 40 }, (_, i) => new gs.Linear(i === 0 ? 4 : 7, 7));
  using all = setup(backend, 8, {}, layers);
  using statistics = await LayerStatistics.create(all.runner, backend);
  const { parameters } = await statistics.measure();
  const gradients = await gradientsOn(8, all, backend);
  assertEquals(parameters.length, 82);
  parameters.forEach(({ name, gradientNorm }, i) => {
    const wanted = normOf(gradients[i]!);
    assertAlmostEquals(gradientNorm, wanted, 1e-4 * wanted, name);
  });
}

cpuTest("a network of many layers is measured in one program", checkManyLayers);

cpuTest("a large measurement is freed after it, and a small one kept", async (backend) => {
  const measured = async (largeStep: number) => {
    using all = setup(backend, 8, { largeStep });
    await all.runner.prepare(0, 1);
    await gs.readVariables([...all.runner.state().values()]);
    const before = backend.memory().liveBytes;
    using layers = new ArmLayers({ backend }, { runner: all.runner });
    const found = [await layers.measure(), await layers.measure()];
    return { found, kept: backend.memory().liveBytes - before };
  };
  const [large, small] = [await measured(1), await measured(2 ** 28)];
  assertEquals(large.kept, 0);
  assert(small.kept > 0);
  assertEquals(large.found, small.found);
});

cpuTest("GPUs count the values of a histogram in parts", async (backend) => {
  using all = setup(backend, 8);
  using statistics = await LayerStatistics.create(all.runner, backend);
  const bins = (await statistics.measure()).parameters[0]!.weights!.counts.length;
  const { software: _, ...gpus } = adapterTable;
  for (const [name, { parallelRows }] of Object.entries(gpus)) assert(bins < parallelRows, name);
});
