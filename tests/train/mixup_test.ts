import { assert, assertEquals } from "@std/assert";
import { evaluate, Tensor, tensor, Variable } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { makeSynthetic, sampleSize, takeFirst } from "../../datasets/mod.ts";
import { type Backend, fixedCounter } from "../../graph/mod.ts";
import { crossEntropy, initialize, Linear, ReLU, Sequential } from "../../layers/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import { betaOfStep } from "../../train/beta.ts";
import { layoutOf } from "../../train/batch_layout.ts";
import { Mixup, placeSplit } from "../../train/mod.ts";
import { StepRunner } from "../../train/step_runner.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";

/** The distribution function of Beta(α, α), where it has a closed form. */
const distributions: readonly (readonly [alpha: number, below: (x: number) => number])[] = [
  [0.5, (x) => 2 / Math.PI * Math.asin(Math.sqrt(x))],
  [1, (x) => x],
  [2, (x) => 3 * x ** 2 - 2 * x ** 3],
  [3, (x) => 10 * x ** 3 - 15 * x ** 4 + 6 * x ** 5],
];

const DRAWS = 20_000;

function draw(alpha: number): Float64Array {
  return Float64Array.from({ length: DRAWS }, (_, step) => betaOfStep(alpha, { seed: 3, step }));
}

Deno.test("shares are drawn from Beta(α, α)", () => {
  for (const [alpha, below] of distributions) {
    const sorted = draw(alpha).toSorted();
    const distance = sorted.reduce(
      (most, x, i) => Math.max(most, Math.abs(below(x) - (i + 0.5) / DRAWS)),
      0,
    );
    // Kolmogorov and Smirnov: 1.95 / √n is exceeded by one sample of this size in a thousand
    assert(distance < 1.95 / Math.sqrt(DRAWS), `α = ${alpha}: ${distance}`);
  }
  for (const alpha of [0.2, 0.4, 8, 1000]) {
    const values = draw(alpha);
    const mean = values.reduce((sum, x) => sum + x, 0) / DRAWS;
    const variance = values.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / DRAWS;
    const wanted = 1 / (4 * (2 * alpha + 1));
    assert(Math.abs(mean - 0.5) < 4 * Math.sqrt(wanted / DRAWS), `α = ${alpha}: mean ${mean}`);
    assert(Math.abs(variance / wanted - 1) < 0.06, `α = ${alpha}: variance ${variance}`);
  }
  // both Gammas of such a small α are below the smallest double
  assert(draw(1e-4).every((x) => x >= 0 && x <= 1));
});

Deno.test("shares depend only on the seed and the step", () => {
  const of = (seed: number, step: number) => betaOfStep(0.7, { seed, step });
  assertEquals(of(1, 5), of(1, 5));
  const all = [of(1, 5), of(1, 6), of(2, 5), of(2, 6)];
  assertEquals(new Set(all).size, all.length);
  const mixup = new Mixup({ alpha: 0.7, seed: 1, stepsPerEpoch: 4, classes: 3 });
  assertEquals([...mixup.sharesOf(1)], [4, 5, 6, 7].map((step) => Math.fround(of(1, step))));
});

const ROWS = 5;
const x = Float32Array.from({ length: 2 * ROWS }, (_, i) => Math.sin(i));
const labels = [2, 0, 1, 1, 0];

/** Mixes a batch in each step of two epochs and compares with plain loops. */
async function checkMixing(backend: Backend): Promise<void> {
  const options = { alpha: 0.7, seed: 5, stepsPerEpoch: 3, classes: 3 };
  using mixup = new Mixup(options);
  const batch = { x: tensor(x, [ROWS, 2]), labels: tensor(Int32Array.from(labels)) };
  const turns = new Set<number>();
  for (let step = 0; step < 6; step++) {
    mixup.setEpoch(Math.floor(step / 3));
    const counter = new Tensor(fixedCounter(step));
    const mixed = mixup.mix(batch, counter);
    const parts = [mixup.partners(counter, ROWS), mixed.x, mixed.target, mixed.labels];
    const [partners, values, target, main] = await evaluate(parts, { backend });
    const share = Math.fround(betaOfStep(0.7, { seed: 5, step }));
    const turn = partners![0]!;
    turns.add(turn);
    assertEquals([...partners!], labels.map((_, i) => (i + turn) % ROWS));
    const mix = (a: number, b: number) => share * a + (1 - share) * b;
    const wanted = labels.flatMap((_, i) =>
      [0, 1].map((k) => mix(x[2 * i + k]!, x[2 * partners![i]! + k]!))
    );
    const is = (row: number, label: number) => labels[row] === label ? 1 : 0;
    const shares = labels.flatMap((_, i) =>
      [0, 1, 2].map((label) => mix(is(i, label), is(partners![i]!, label)))
    );
    assertAllClose(values!, wanted, { relative: 1e-6, absolute: 1e-6 }, `step ${step}`);
    assertAllClose(target!, shares, { relative: 1e-6, absolute: 1e-6 }, `step ${step}`);
    const larger = (i: number) => labels[share >= 0.5 ? i : partners![i]!]!;
    assertEquals([...main!], labels.map((_, i) => larger(i)));
  }
  assert(turns.size > 1 && !turns.has(0), `${[...turns]}`);
}

cpuTest("a mixed batch holds shares of samples and labels", checkMixing);
gpuTest("a mixed batch holds shares of samples and labels on the GPU", checkMixing);

cpuTest("a batch of one sample is mixed with itself", async (backend) => {
  using mixup = new Mixup({ alpha: 1, seed: 1, stepsPerEpoch: 1, classes: 2 });
  const batch = { x: tensor([[0.25, 4]]), labels: tensor([1], [1], "i32") };
  const mixed = mixup.mix(batch, new Tensor(fixedCounter(0)));
  const [values, target] = await evaluate([mixed.x, mixed.target], { backend });
  assertAllClose(values!, [0.25, 4], { relative: 1e-6, absolute: 0 }, "x");
  assertAllClose(target!, [0, 1], { relative: 1e-6, absolute: 0 }, "target");
});

/** The loss and the weights of a few steps on smoothed and mixed batches. */
async function train(backend: Backend): Promise<{ loss: number; weights: number[] }> {
  const dataset = takeFirst(makeSynthetic(), { train: 30 });
  const inputs = sampleSize(dataset);
  const layers = [new Linear(inputs, 8), new ReLU(), new Linear(8, dataset.classes)];
  const model = initialize(new Sequential(layers), { seed: 1 });
  const place = { shape: [inputs], name: "train", bytesPerBuffer: 2 ** 20 };
  const data = placeSplit(dataset, dataset.train, place);
  const all = Int32Array.from({ length: 30 }, (_, i) => i);
  const order = new Variable("order", { dtype: "i32", shape: [30] }, () => all);
  const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.1 }));
  const mixing = { alpha: 1, seed: 1, stepsPerEpoch: 2, classes: dataset.classes };
  const mixup = new Mixup(mixing);
  const trainer = new StepRunner({
    model,
    optimizer,
    data,
    order,
    layout: layoutOf(30, 16, false),
    seed: 1,
    augment: false,
    loss: (logits, target) => crossEntropy(logits, target, { labelSmoothing: 0.1 }),
    mixup,
    label: "test",
    largeStep: Infinity,
  }, backend);
  await trainer.prepare(0, 2);
  await trainer.run(0, 2);
  const { loss } = await trainer.totals.read();
  const weights = [...await model.parameters()[0]!.data()];
  const owners = [trainer, optimizer, data, order, mixup, model];
  for (const owner of owners) owner[Symbol.dispose]();
  return { loss, weights };
}

gpuTest("two steps with mixup and label smoothing agree on both backends", async (gpu) => {
  using cpu = openCpu({ threads: 1 });
  const [a, b] = [await train(cpu), await train(gpu)];
  const close = { relative: 1e-4, absolute: 1e-6 };
  assertAllClose([b.loss], [a.loss], close, "loss");
  assertAllClose(b.weights, a.weights, close, "weights");
});
