import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Tensor, tensor } from "../../autograd/mod.ts";
import { type Backend, ShapeError } from "../../graph/mod.ts";
import { initialize, Linear } from "../../layers/mod.ts";
import { Evaluation, placeSplit } from "../../train/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { generator } from "../support/random.ts";

/** More samples than one batch of an evaluation has, and the last batch is not full. */
const COUNT = 4100;

/** Compares predictions, accuracy, and metrics with plain loops. */
async function checkEvaluation(backend: Backend): Promise<void> {
  const random = generator(11);
  const x = Float32Array.from({ length: 2 * COUNT }, () => random() - 0.5);
  const y = Int32Array.from({ length: COUNT }, (_, i) => i % 3);
  const split = { x, y, count: COUNT };
  const normalization = { scale: 1, mean: [0], std: [1] };
  const facts = { name: "noise", classes: 3, classNames: [], source: "", sampleShape: [2] };
  const dataset = { ...facts, train: split, test: split, normalization };
  using model = initialize(new Linear(2, 3, { bias: false }), { seed: 2 });
  const weight = model.parameters()[0]!.hostValue()!;
  using placed = placeSplit(dataset, split, { shape: [2], name: "test", bytesPerBuffer: 2 ** 20 });
  const metrics = {
    hits: (logits: Tensor, labels: Tensor) => logits.argmax(-1).equal(labels),
    logit: (logits: Tensor) => logits.gather(tensor(Int32Array.of(2)), 1).reshape([-1]),
  };
  const options = { backend, label: "test", metrics };
  using evaluation = await Evaluation.create(model, placed, options);
  const { predictions, accuracy, metrics: measured } = await evaluation.run();
  const logits = Array.from(
    { length: COUNT },
    (_, i) => [0, 1, 2].map((k) => weight[2 * k]! * x[2 * i]! + weight[2 * k + 1]! * x[2 * i + 1]!),
  );
  const wanted = logits.map((values) => values.indexOf(Math.max(...values)));
  assertEquals([...predictions], wanted);
  assertEquals(accuracy, wanted.filter((label, i) => label === y[i]).length / COUNT);
  assertEquals(await evaluation.run(), { ...await evaluation.run(), predictions });
  assertAlmostEquals(measured.hits!, accuracy, 1e-6);
  assertAlmostEquals(measured.logit!, logits.reduce((sum, [, , z]) => sum + z!, 0) / COUNT, 1e-5);
  const few = { backend, label: "few", metrics, count: 2500 };
  using first = await Evaluation.create(model, placed, few);
  const score = await first.run();
  assertEquals([...score.predictions], wanted.slice(0, 2500));
  const sum = logits.slice(0, 2500).reduce((sum, [, , z]) => sum + z!, 0);
  assertAlmostEquals(score.metrics.logit!, sum / 2500, 1e-5);
  for (const wrong of [(logits: Tensor) => logits.mean(), (logits: Tensor) => logits]) {
    const bad = { backend, label: "bad", metrics: { wrong } };
    const create = () => Evaluation.create(model, placed, bad);
    await assertRejects(create, ShapeError, 'Cannot measure "wrong"');
  }
}

cpuTest(
  "an evaluation in several batches gives the predictions and metrics of all samples",
  checkEvaluation,
);
gpuTest(
  "an evaluation in several batches gives the predictions and metrics of all samples on the GPU",
  checkEvaluation,
);
