// Batches of several inputs: training, evaluation, G-SGD, and what is refused.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat, type Tensor } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { type Dataset, holdOut, makeSynthetic, takeFirst } from "../../datasets/mod.ts";
import { type Backend, ShapeError } from "../../graph/mod.ts";
import { initialize, Linear, Module } from "../../layers/mod.ts";
import {
  gsgd,
  initializeSkeleton,
  Optimizer,
  planGsgd,
  rescaleNodes,
  sgd,
} from "../../optim/mod.ts";
import { Trainer } from "../../train/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";

const COUNT = 37;
const made = makeSynthetic({
  seed: 3,
  classes: 3,
  sampleShape: [4],
  trainCount: COUNT,
  testCount: 9,
  noise: 0.5,
});

/** The class of a sample is hidden in two further inputs: a row of numbers, and a kind. */
function withInputs(split: Dataset["train"]): Dataset["train"] {
  const { y, count } = split;
  const shares = Float32Array.from({ length: 2 * count }, (_, i) => y[i >> 1]! * (i % 2 ? 1 : -1));
  const kinds = Int32Array.from(y, (label, i) => (label * 2 + i % 2) % 5);
  const inputs = {
    shares: { values: shares, shape: [2] },
    kind: { values: kinds, shape: [] },
    byte: { values: Uint8Array.from(y), shape: [1] },
  };
  return { ...split, inputs };
}

const data: Dataset = { ...made, train: withInputs(made.train), test: withInputs(made.test) };

interface Sample {
  readonly x: Tensor;
  readonly shares: Tensor;
  readonly kind: Tensor;
  readonly byte: Tensor;
}

class Net extends Module<Sample> {
  readonly first = new Linear(4 + 2 + 5 + 1, 8);
  readonly second = new Linear(8, 3);
  override forward({ x, shares, kind, byte }: Sample): Tensor {
    const all = concat([x, shares, kind.oneHot(5), byte.cast("f32")], 1);
    return this.second.forward(this.first.forward(all).relu());
  }
}

interface Run {
  readonly accumulate?: number;
  /** Scales the units of the start by powers of two. */
  readonly isScaled?: boolean;
}

/** Trains with G-SGD. Resolves to the losses of the epochs and the accuracy on the test split. */
async function train(backend: Backend, { isScaled = false, ...more }: Run = {}) {
  using model = initialize(new Net(), { seed: 4 });
  using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.1 }));
  const how = { batchSize: 10, epochs: 6, seed: 7, backend, passes: [gsgd()], ...more };
  using trainer = new Trainer({ model, optimizer, data, ...how });
  const plan = planGsgd(trainer.graph);
  initializeSkeleton(plan, model.parameters(), "one");
  if (isScaled) rescaleNodes(plan, model.parameters(), { range: 16, powersOfTwo: true, seed: 7 });
  const losses = (await trainer.train()).map(({ loss }) => loss);
  return { losses, accuracy: (await trainer.evaluate("test")).accuracy };
}

async function check(backend: Backend) {
  const { losses, accuracy } = await train(backend);
  assert(losses.at(-1)! < losses[0]! / 2 && accuracy === 1, `${losses}, ${accuracy}`);
  assertEquals(await train(backend, { isScaled: true }), { losses, accuracy });
  const inParts = await train(backend, { accumulate: 3 });
  assert(Math.abs(inParts.losses.at(-1)! - losses.at(-1)!) < 1e-4);
}

cpuTest("Trainer gives a model the further inputs of its samples, and twins stay equal", check);
gpuTest("Trainer gives a model the further inputs of its samples, and twins stay equal", check);

Deno.test("holdOut() and takeFirst() keep the further inputs with their samples", () => {
  const { train, validation } = holdOut(data, { count: 9, seed: 2 });
  assertEquals([train.count, validation.count], [COUNT - 9, 9]);
  for (const { y, inputs } of [train, validation, takeFirst(data, { train: 5 }).train]) {
    assertEquals(inputs!.byte!.values, Uint8Array.from(y));
    assertEquals(
      inputs!.shares!.values,
      withInputs({ ...made.train, y, count: y.length }).inputs!
        .shares!.values,
    );
    assertEquals(inputs!.shares!.shape, [2]);
  }
  assertEquals("inputs" in holdOut(made, { count: 9, seed: 2 }).train, false);
});

Deno.test("mixup and inputs of the wrong length or name are refused", () => {
  const model = initialize(new Net());
  const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.1 }));
  using backend = openCpu({ threads: 1 });
  const make = (inputs: Dataset["train"]["inputs"], more = {}) =>
    new Trainer({
      ...{
        model,
        optimizer,
        batchSize: 10,
        epochs: 1,
        backend,
        ...more,
      },
      data: { ...data, train: { ...data.train, ...(inputs && { inputs }) } },
    });
  const { inputs } = data.train;
  assertThrows(() => make(inputs, { mixup: 0.4 }), RangeError, '"shares", "kind", "byte"');
  const kind = { values: new Int32Array(COUNT - 1), shape: [] };
  assertThrows(
    () => make({ ...inputs, kind }),
    ShapeError,
    "i32[37] has 37 elements: current number",
  );
  assertThrows(() => make({ x: inputs!.kind! }), ShapeError, 'another name than "x"');
});
