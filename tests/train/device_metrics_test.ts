import { assertEquals, assertThrows } from "@std/assert";
import { compile, type Tensor, tensor, zeros } from "../../autograd/mod.ts";
import { type Backend, DTypeError, type Shape, ShapeError } from "../../graph/mod.ts";
import {
  AUROC,
  ClassScores,
  ConfusionMatrix,
  type DeviceMetric,
  RegressionErrors,
  TopKAccuracy,
} from "../../train/mod.ts";
import { configurations, cpuTest } from "../cpu/_backend.ts";
import { goldenFile, type GoldenTensor } from "../golden/golden.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";

type Scores = Readonly<Record<"precision" | "recall" | "f1", number>>;

interface GoldenMetrics {
  readonly classification: {
    readonly x: GoldenTensor;
    readonly labels: GoldenTensor;
    readonly counts: readonly (readonly number[])[];
    readonly accuracy: number;
    readonly none: Readonly<Record<keyof Scores, readonly number[]>>;
    readonly macro: Scores;
    readonly weighted: Scores;
    readonly topK: Readonly<Record<string, number>>;
  };
  readonly area: {
    readonly scores: GoldenTensor;
    readonly labels: GoldenTensor;
    readonly area: number;
  };
  readonly regression: Readonly<Record<"mse" | "rmse" | "mae" | "r2", number>> & {
    readonly prediction: GoldenTensor;
    readonly target: GoldenTensor;
  };
}

const golden: GoldenMetrics = goldenFile("torch_metrics.json");
const f32 = { relative: 1e-5, absolute: 1e-6 };

interface Batch {
  readonly prediction: Tensor;
  readonly target: Tensor;
}

/** The metric of some batches; each batch is a step. */
async function measure<T>(
  metric: DeviceMetric<T>,
  batches: readonly Batch[],
  backend: Backend,
): Promise<T> {
  for (const { prediction, target } of batches) {
    using step = await compile({}, () => ({ updates: metric.update(prediction, target) }), {
      backend,
    });
    step.run();
  }
  return await metric.compute();
}

/** The batches of a golden tensor: its first axis. */
function split({ shape: [count, ...shape], data }: GoldenTensor, dtype: "f32" | "i32"): Tensor[] {
  const size = data.length / count!;
  return Array.from(
    { length: count! },
    (_, i) => tensor(data.slice(i * size, (i + 1) * size), shape as Shape, dtype),
  );
}

function batchesOf(prediction: GoldenTensor, target: GoldenTensor, dtype: "f32" | "i32"): Batch[] {
  const targets = split(target, dtype);
  return split(prediction, "f32").map((one, i) => ({ prediction: one, target: targets[i]! }));
}

async function checkClasses(backend: Backend): Promise<void> {
  const { x, labels, counts, accuracy, none, macro, weighted, topK } = golden.classification;
  const batches = batchesOf(x, labels, "i32");
  using confusion = new ConfusionMatrix(counts.length);
  const scores = await measure(confusion, batches, backend);
  assertEquals(scores.counts, counts);
  assertEquals(scores.invalid, 0);
  assertAllClose([scores.accuracy()], [accuracy], f32, "accuracy");
  assertAllClose([scores.f1("micro")], [accuracy], f32, "micro");
  for (const name of ["precision", "recall", "f1"] as const) {
    assertAllClose(scores[name]("none"), none[name], f32, name);
    assertAllClose([scores[name]()], [macro[name]], f32, `macro ${name}`);
    assertAllClose([scores[name]("weighted")], [weighted[name]], f32, `weighted ${name}`);
  }
  confusion.reset();
  const classes = batches.map(({ prediction, target }) => ({
    prediction: prediction.argmax(-1),
    target,
  }));
  assertEquals((await measure(confusion, classes, backend)).counts, counts);
  for (const [k, share] of Object.entries(topK)) {
    using metric = new TopKAccuracy(Number(k));
    assertAllClose([await measure(metric, batches, backend)], [share], f32, `top ${k}`);
  }
}

async function checkArea(backend: Backend): Promise<void> {
  const { scores, labels, area } = golden.area;
  for (const bins of [64, 128, 1000]) {
    using metric = new AUROC(bins);
    const batches = batchesOf(scores, labels, "i32");
    assertAllClose([await measure(metric, batches, backend)], [area], f32, `${bins} bins`);
  }
}

async function checkErrors(backend: Backend): Promise<void> {
  const { prediction, target, ...expected } = golden.regression;
  using metric = new RegressionErrors();
  const found = await measure(metric, batchesOf(prediction, target, "f32"), backend);
  assertEquals(found.count, prediction.data.length);
  for (const name of ["mse", "rmse", "mae", "r2"] as const) {
    // targets near 1000 are rounded to 6e-5
    const tolerance = { relative: 2e-4, absolute: 0 };
    assertAllClose([found[name]], [expected[name]], tolerance, name);
  }
  metric.reset();
  assertEquals((await metric.compute()).mse, NaN);
}

/** Samples that no metric can count, and ties. */
async function checkStrange(backend: Backend): Promise<void> {
  const labels = (...values: number[]) => tensor(values, [values.length], "i32");
  const one = <T>(metric: DeviceMetric<T>, prediction: Tensor, target: Tensor) =>
    measure(metric, [{ prediction, target }], backend);

  using confusion = new ConfusionMatrix(2);
  const bad = await one(confusion, labels(0, 1, 3, 0), labels(0, 2, -1, 0));
  assertEquals([bad.counts, bad.invalid, bad.accuracy()], [[[2, 0], [0, 0]], 1, NaN]);
  assertEquals(bad.precision("none"), [NaN, NaN]);

  const ties = tensor([[1, 1, 1], [NaN, 0, 0], [0, NaN, 1], [0, 0, 1]]);
  using first = new TopKAccuracy(1);
  // the first of equal logits, NaN before all others, and a label that is no class
  assertEquals(await one(first, ties, labels(0, 0, 2, 3)), 0.25);
  using third = new TopKAccuracy(3);
  assertEquals(await one(third, ties, labels(2, 0, 2, -1)), 2 / 3);

  using area = new AUROC(4);
  assertEquals(await one(area, tensor([0, 1, 1, 0]), labels(0, 1, 1, 0)), 1);
  area.reset();
  assertEquals(await one(area, tensor([0.5, 0.5]), labels(0, 1)), 0.5);
  assertEquals(await one(area, tensor([NaN, 0.5]), labels(0, 1)), NaN);
  area.reset();
  assertEquals(await one(area, tensor([0.2, 1.5, 0.3]), labels(0, -1, 1)), 1);
  area.reset();
  assertEquals(await one(area, tensor([0.5]), labels(1)), NaN);
}

const checks = {
  "confusion, accuracy, precision, recall, F1, and top k": checkClasses,
  "the area under the ROC curve": checkArea,
  "errors of numbers": checkErrors,
};

for (const [name, check] of Object.entries(checks)) {
  const title = `${name} over batches are those of all samples together`;
  for (const options of configurations) {
    cpuTest(`${title} on cpu ${JSON.stringify(options)}`, check, options);
  }
  gpuTest(`${title} on gpu`, check);
}
cpuTest("metrics ignore the label -1, and say NaN of what cannot be counted, on cpu", checkStrange);
gpuTest("metrics ignore the label -1, and say NaN of what cannot be counted, on gpu", checkStrange);

Deno.test("metrics refuse shapes and types that do not fit", () => {
  const labels = zeros([2], "i32");
  const refused: readonly [DeviceMetric<unknown>, Tensor, Tensor, string][] = [
    [new ConfusionMatrix(3), zeros([2, 4]), labels, "f32 [n…, 3] or i32 [n…]"],
    [new ConfusionMatrix(3), zeros([3, 3]), labels, "one label for each"],
    [new ConfusionMatrix(3), zeros([3], "i32"), labels, "one label for each"],
    [new TopKAccuracy(1), zeros([3, 4]), labels, "one label per row"],
    [new TopKAccuracy(1), zeros([]), zeros([], "i32"), "one label per row"],
    [new AUROC(), zeros([3]), labels, "one label for each"],
    [new AUROC(), labels, labels, "scores must be f32"],
    [new RegressionErrors(), zeros([3]), zeros([3, 1]), "must have the same shape"],
    [new RegressionErrors(), zeros([0]), zeros([0]), "with elements"],
  ];
  for (const [metric, prediction, target, message] of refused) {
    assertThrows(() => metric.update(prediction, target), ShapeError, message);
  }
  for (const metric of [new ConfusionMatrix(3), new TopKAccuracy(1), new AUROC()]) {
    assertThrows(() => metric.update(zeros([2, 3]), zeros([2])), DTypeError, "must be i32");
  }
});

Deno.test("scores of classes that do not occur are 0, and are left out of the mean", () => {
  const scores = new ClassScores([[3, 1, 0], [1, 3, 0], [0, 0, 0]], 0);
  assertEquals(scores.recall("none"), [0.75, 0.75, 0]);
  assertEquals([scores.recall(), scores.recall("weighted"), scores.recall("micro")], [
    0.75,
    0.75,
    0.75,
  ]);
  const empty = new ClassScores([[0, 0], [0, 0]], 0);
  assertEquals([empty.accuracy(), empty.f1()], [NaN, NaN]);
  const average: unknown = "mean";
  assertThrows(
    () => Reflect.apply(scores.f1, scores, [average]),
    RangeError,
    'average must be one of "macro"',
  );
});
