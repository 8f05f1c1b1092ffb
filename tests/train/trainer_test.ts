import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { compile, f32, i32, type Tensor, type Variable } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import {
  batchIndices,
  type Dataset,
  features,
  gatherRows,
  holdOut,
  makeSynthetic,
  planBatches,
} from "../../datasets/mod.ts";
import { type Backend, GraphError, type Pass, ShapeError } from "../../graph/mod.ts";
import {
  BatchNorm1d,
  crossEntropy,
  Dropout,
  Flatten,
  initialize,
  Linear,
  type Module,
  ReLU,
  Sequential,
} from "../../layers/mod.ts";
import { adam, gsgd, initializeSkeleton, Optimizer, planGsgd, sgd } from "../../optim/mod.ts";
import {
  DivergenceError,
  type EpochResult,
  Trainer,
  type TrainerOptions,
} from "../../train/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";

const COUNT = 23;
const CLASSES = 3;
const SIZE = 4;
const settings = { seed: 2, classes: CLASSES, sampleShape: [SIZE], noise: 0.5 };
const data = makeSynthetic({ ...settings, trainCount: COUNT, testCount: 9 });

function makeModel(): Module {
  const layers = [new Linear(SIZE, 6), new ReLU(), new BatchNorm1d(6), new Dropout(0.3)];
  return initialize(new Sequential([...layers, new Linear(6, CLASSES)]), { seed: 3 });
}

/** Layers that G-SGD can rescale. */
function makePlainModel(): Module {
  const layers = [new Linear(SIZE, 6), new ReLU(), new Linear(6, CLASSES)];
  return initialize(new Sequential(layers), { seed: 3 });
}

const makeOptimizer = (model: Module) =>
  new Optimizer(model.parameters(), adam({ learningRate: 0.05 }));

async function valuesOf(...owners: readonly { state(): ReadonlyMap<string, Variable> }[]) {
  const found: [string, number[]][] = [];
  for (const owner of owners) {
    for (const [name, variable] of owner.state()) found.push([name, [...await variable.data()]]);
  }
  return found;
}

type More = Partial<TrainerOptions>;

/** Trains. Resolves to the results, the state of model and optimizer, and the predictions. */
async function train(backend: Backend, more: More = {}, make: () => Module = makeModel) {
  using model = make();
  using optimizer = makeOptimizer(model);
  const how = { batchSize: 5, epochs: 3, seed: 7, backend };
  using trainer = new Trainer({ model, optimizer, data, ...how, ...more });
  const results = await trainer.train();
  const { predictions } = await trainer.evaluate("test");
  return { results, values: await valuesOf(model, optimizer), predictions };
}

interface Loop {
  readonly batchSize: number;
  readonly lastBatch: "keep" | "drop";
  readonly shuffle?: boolean;
  readonly passes?: readonly Pass[];
}

interface Pair {
  readonly model: Module;
  readonly optimizer: Optimizer;
}

/** Three epochs of the loop of docs/library.md, or fewer steps, each compiled for its batch. */
async function loopByHand(backend: Backend, loop: Loop, { model, optimizer }: Pair, most = 99) {
  const { batchSize, lastBatch, shuffle = true, passes = [] } = loop;
  const x = features(data, data.train);
  for (let epoch = 0; epoch < 3; epoch++) {
    const plan = planBatches({ count: COUNT, batchSize, seed: 7, epoch, shuffle, lastBatch });
    for (let b = 0; b < plan.batchCount; b++) {
      const rows = batchIndices(plan, b);
      const batch = { x: new Float32Array(rows.length * SIZE), y: new Int32Array(rows.length) };
      gatherRows(x, rows, batch.x, SIZE);
      gatherRows(data.train.y, rows, batch.y, 1);
      const inputs = { x: f32([rows.length, SIZE]), y: i32([rows.length]) };
      using step = await compile(inputs, ({ x, y }) => {
        const statistics = new Map<Variable, Tensor>();
        const record = (key: Variable, next: Tensor) => void statistics.set(key, next);
        const context = { training: true, counter: optimizer.step, seed: 7, record };
        const loss = crossEntropy(model.forward(x, context), y);
        return { updates: new Map([...optimizer.minimize(loss), ...statistics]) };
      }, { backend, passes });
      step.run(batch);
      if (epoch * plan.batchCount + b + 1 === most) return;
    }
  }
}

async function trainByHand(backend: Backend, loop: Loop, make: () => Module) {
  using model = make();
  using optimizer = makeOptimizer(model);
  await loopByHand(backend, loop, { model, optimizer });
  return await valuesOf(model, optimizer);
}

cpuTest("a Trainer is bit-for-bit identical to a loop written by hand", async (backend) => {
  const loops: readonly Loop[] = [
    { batchSize: 5, lastBatch: "keep" },
    { batchSize: 5, lastBatch: "drop" },
    { batchSize: COUNT, lastBatch: "drop", shuffle: false },
    { batchSize: COUNT + 4, lastBatch: "keep" },
    { batchSize: 11, lastBatch: "keep" }, // the last batch is one sample
  ];
  for (const loop of loops.slice(0, -1)) {
    const { values } = await train(backend, loop);
    assertEquals(values, await trainByHand(backend, loop, makeModel), JSON.stringify(loop));
  }
  for (const loop of [loops[0]!, loops.at(-1)!]) {
    const withPass = { ...loop, passes: [gsgd()] };
    const { values } = await train(backend, withPass, makePlainModel);
    assertEquals(values, await trainByHand(backend, withPass, makePlainModel), "G-SGD");
    const plain = await train(backend, loop, makePlainModel);
    assert(JSON.stringify(plain.values) !== JSON.stringify(values), "the pass takes part");
  }
});

cpuTest("the results of an epoch are means over its samples", async (backend) => {
  using model = makePlainModel();
  using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0 }));
  using trainer = new Trainer({ model, optimizer, data, batchSize: 5, epochs: 2, backend });
  const [first, second] = await trainer.train();
  const { loss, accuracy, metrics } = await trainer.evaluate("train");
  assertAllClose(
    [first!.loss, second!.loss],
    [loss, loss],
    { relative: 1e-5, absolute: 0 },
    "loss",
  );
  assertEquals([first!.accuracy, second!.accuracy, metrics], [accuracy, accuracy, {}]);
  assertEquals([first!.epoch, first!.step, second!.epoch, second!.step], [1, 5, 2, 10]);
  assertEquals([second!.validation, second!.sinceBest], [null, 0]);
});

cpuTest("training resumes exactly at any epoch", async (backend) => {
  const whole = await train(backend, { epochs: 4 });
  using model = makeModel();
  using optimizer = makeOptimizer(model);
  const how = { model, optimizer, data, batchSize: 5, seed: 7, backend };
  for (const epochs of [1, 3, 3, 4]) {
    using trainer = new Trainer({ ...how, epochs });
    await trainer.train();
  }
  assertEquals(await valuesOf(model, optimizer), whole.values);
});

cpuTest("training resumes exactly within an epoch", async (backend) => {
  const whole = await train(backend);
  for (const steps of [4, 7]) {
    using model = makeModel();
    using optimizer = makeOptimizer(model);
    await loopByHand(backend, { batchSize: 5, lastBatch: "keep" }, { model, optimizer }, steps);
    const how = { model, optimizer, data, batchSize: 5, epochs: 3, seed: 7, backend };
    using trainer = new Trainer(how);
    const results = await trainer.train();
    assertEquals(results.map(({ step }) => step), [5, 10, 15].filter((step) => step > steps));
    assertEquals(results.at(-1), whole.results.at(-1));
    assertEquals(await valuesOf(model, optimizer), whole.values);
  }
});

cpuTest("restoreBest restores the weights with the lowest validation error", async (backend) => {
  const split = holdOut(makeSynthetic({ ...settings, trainCount: 40, testCount: 0 }), {
    count: 15,
    seed: 1,
  });
  using model = makeModel();
  using optimizer = makeOptimizer(model);
  const seen: { readonly error: number; readonly values: unknown }[] = [];
  const onEpoch = async ({ epoch, validation }: EpochResult) => {
    seen.push({ error: 1 - validation!.accuracy, values: await valuesOf(model) });
    if (epoch !== 3) return; // spoils the weights for the epochs after it
    for (const parameter of model.parameters()) {
      parameter.assign(new Float32Array(parameter.size).fill(-5));
    }
  };
  const how = { batchSize: 10, epochs: 6, seed: 1, restoreBest: true, onEpoch, backend };
  using trainer = new Trainer({ model, optimizer, data: split, ...how });
  const results = await trainer.train();
  const errors = seen.map(({ error }) => error);
  const best = errors.indexOf(Math.min(...errors));
  assertEquals(results.map(({ sinceBest }) => sinceBest).indexOf(0, best), best);
  assertEquals(await valuesOf(model), seen[best]!.values);
  assert(JSON.stringify(seen.at(-1)!.values) !== JSON.stringify(seen[best]!.values));
});

cpuTest("concurrent evaluations give the same results as single ones", async (backend) => {
  using model = makeModel();
  using optimizer = makeOptimizer(model);
  {
    using trainer = new Trainer({ model, optimizer, data, batchSize: 5, epochs: 1, backend });
    const splits = ["test", "train", "test", "test"] as const;
    const together = await Promise.all(splits.map((split) => trainer.evaluate(split)));
    for (const [i, split] of splits.entries()) {
      assertEquals(together[i], await trainer.evaluate(split));
    }
    const again = await Promise.all(splits.map((split) => trainer.evaluate(split)));
    assertEquals(again, together);
  }
  assertEquals(backend.memory().liveBuffers, model.state().size);
});

cpuTest("two calls of train() at once are refused", async (backend) => {
  using model = makeModel();
  using optimizer = makeOptimizer(model);
  const how = { batchSize: 5, epochs: 3, seed: 7, backend };
  using trainer = new Trainer({ model, optimizer, data, ...how });
  const first = trainer.train();
  await assertRejects(() => trainer.train(), Error, "one call of train() must finish first");
  assertEquals((await first).length, 3);
  assertEquals(await trainer.train(), []);
  assertEquals(await valuesOf(model, optimizer), (await train(backend)).values);
});

cpuTest("patience and onEpoch stop the training", async (backend) => {
  const split = holdOut(data, { count: 5, seed: 1 });
  const frozen = async (more: More) => {
    using model = makePlainModel();
    using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0 }));
    const how = { batchSize: 5, epochs: 9, backend };
    using trainer = new Trainer({ model, optimizer, data: split, ...how, ...more });
    return (await trainer.train()).map(({ sinceBest }) => sinceBest);
  };
  assertEquals(await frozen({ patience: 2 }), [0, 1, 2]);
  assertEquals(await frozen({ onEpoch: ({ epoch }) => epoch < 4 }), [0, 1, 2, 3]);
  assertEquals((await frozen({ onEpoch: () => undefined })).length, 9);
});

cpuTest("metrics are means over the samples in each evaluation", async (backend) => {
  using model = makePlainModel();
  using optimizer = makeOptimizer(model);
  const metrics = {
    hits: (logits: Tensor, labels: Tensor) => logits.argmax(-1).equal(labels),
    largest: (logits: Tensor) => logits.max([1]),
  };
  const how = { batchSize: 5, epochs: 1, metrics, backend };
  using trainer = new Trainer({ model, optimizer, data, ...how });
  const before = await trainer.evaluate("test");
  assertEquals(before.metrics.hits, Math.fround(before.accuracy * 9) / 9);
  const x = features(data, data.test);
  using run = await compile({ x: f32([9, SIZE]) }, ({ x }) => ({
    outputs: { mean: model.forward(x).max([1]).mean() },
  }), { backend });
  run.run({ x });
  const close = { relative: 1e-5, absolute: 1e-6 };
  assertAllClose([before.metrics.largest!], (await run.read()).mean, close, "largest");
  await trainer.train();
  const after = await trainer.evaluate("test"); // sums start again
  assertEquals(after.metrics.hits, Math.fround(after.accuracy * 9) / 9);
  assert(after.metrics.largest !== before.metrics.largest);
  const wrong = { ...how, metrics: { mean: (logits: Tensor) => logits.mean() } };
  using other = new Trainer({ model, optimizer, data, ...wrong });
  await assertRejects(() => other.evaluate("test"), ShapeError, 'Cannot measure "mean"');
});

const images: Dataset = makeSynthetic({
  ...settings,
  sampleShape: [1, 2, 2],
  trainCount: COUNT,
  testCount: 9,
});

cpuTest("augment, mixup, loss, and seed each change the training", async (backend) => {
  const flat = () => initialize(new Sequential([new Flatten(), makePlainModel()]), { seed: 3 });
  const weights = async (more: More) =>
    JSON.stringify((await train(backend, { data: images, ...more }, flat)).values);
  const loss = (logits: Tensor, target: Tensor) =>
    crossEntropy(logits, target, { labelSmoothing: 0.2 });
  const all = [{}, { augment: true }, { mixup: 0.4 }, { loss }, { seed: 8 }, { shuffle: false }];
  const found = await Promise.all(all.map(weights));
  assertEquals(new Set(found).size, all.length);
  assertEquals(await weights({ augment: true }), found[1]);
});

cpuTest("a Trainer frees what it created, and nothing else", async (backend) => {
  using model = makeModel();
  using optimizer = makeOptimizer(model);
  const how = { batchSize: 5, epochs: 1, mixup: 0.4, backend };
  {
    using trainer = new Trainer({
      model,
      optimizer,
      data: holdOut(data, { count: 5, seed: 1 }),
      ...how,
    });
    await trainer.train();
    await trainer.evaluate("test");
  }
  const kept = new Set([...model.state().values(), ...optimizer.state().values()]);
  assertEquals(backend.memory().liveBuffers, kept.size);
});

Deno.test("a Trainer refuses invalid options by name", async () => {
  using backend = openCpu({ threads: 1 });
  using model = makeModel();
  using optimizer = makeOptimizer(model);
  const good = { model, optimizer, data, batchSize: 5, epochs: 1, backend };
  const make = (more: object) => () => void new Trainer({ ...good, ...more });
  assertThrows(make({ epoch: 1 }), TypeError, "did you mean epochs?");
  assertThrows(make({ batchSize: 99, lastBatch: "drop" }), RangeError, "the data must fill");
  assertThrows(make({ patience: 1 }), RangeError, "patience needs a validation split");
  assertThrows(make({ restoreBest: true }), RangeError, "restoreBest needs a validation split");
  assertThrows(make({ sampleShape: [2, 3] }), ShapeError, "elements of a sample");
  const narrow = initialize(new Linear(SIZE, CLASSES - 1), { seed: 1 });
  assertThrows(make({ model: narrow }), ShapeError, "a logit per class: current is f32[1, 2]");
  using other = makeOptimizer(makeModel());
  assertThrows(make({ optimizer: other }), GraphError, "the optimizer must train parameters of");
  using flat = new Trainer({ ...good, augment: true });
  await assertRejects(() => flat.train(), ShapeError, "must be images");
  using trainer = new Trainer(good);
  await assertRejects(() => trainer.evaluate("validation"), RangeError, "use holdOut");
  using empty = new Trainer({ ...good, data: { ...data, test: { ...data.test, count: 0 } } });
  await assertRejects(() => empty.evaluate("test"), RangeError, "has none");
});

cpuTest("a loss that is not finite ends the training with its epoch", async (backend) => {
  using model = makePlainModel();
  using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 1e38 }));
  using trainer = new Trainer({ model, optimizer, data, batchSize: 5, epochs: 3, backend });
  const error = await assertRejects(() => trainer.train(), DivergenceError, "in epoch 1");
  assertEquals(error.epoch, 1);
});

gpuTest("a Trainer gives the same results on both backends", async (gpu) => {
  using cpu = openCpu({ threads: 1 });
  const run = async (backend: Backend) => {
    using model = makePlainModel();
    using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.1, momentum: 0.9 }));
    const how = { batchSize: 5, epochs: 2, mixup: 0.4, passes: [gsgd()], backend };
    using trainer = new Trainer({ model, optimizer, data, ...how });
    const results = await trainer.train();
    const values = (await valuesOf(model)).flatMap(([, values]) => values);
    return [...values, ...results.map(({ loss }) => loss), (await trainer.evaluate("test")).loss];
  };
  assertAllClose(await run(gpu), await run(cpu), { relative: 1e-4, absolute: 1e-5 }, "values");
});

cpuTest("the graph of a Trainer is the graph that its passes receive", async (backend) => {
  using model = makePlainModel();
  using optimizer = makeOptimizer(model);
  const seen: Pass = (graph) => {
    assertEquals(graph.updates.size, trainer.graph.updates.size);
    return graph;
  };
  const how = { batchSize: 30, epochs: 1, passes: [seen], backend };
  using trainer: Trainer = new Trainer({ model, optimizer, data, ...how });
  const plan = planGsgd(trainer.graph);
  initializeSkeleton(plan, model.parameters(), "one");
  assertEquals(plan.report.nodes, 6);
  assertEquals((await trainer.train()).length, 1);
});
