/** Training of imported recurrent models on batches of other sizes. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { compileForBatches, f32, type Tensor, tensor, type Updates } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { GRU, initialize, Linear, LSTM, Module } from "../../layers/mod.ts";
import { exportOnnx, importOnnx } from "../../onnx/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { fileOf, int, ints, node, value, vector, whole } from "./plain_files.ts";
import { floats } from "./round_trip.ts";
import { runOnnx } from "./runtime.ts";

const [steps, inputs, hidden] = [6, 3, 4];

/** A recurrent layer and a number for each sample, of x [batch, steps, inputs]. */
class Network extends Module {
  readonly layer: LSTM | GRU;
  readonly head = new Linear(hidden, 1);

  constructor(layer: LSTM | GRU) {
    super();
    this.layer = layer;
  }

  override forward(x: Tensor): Tensor {
    const { output } = this.layer.forward(x);
    return this.head.forward(output.narrow(1, steps - 1, 1).reshape([-1, hidden]));
  }
}

/** Batches of several sizes, larger and smaller than the layer. */
const batches = [5, 2, 1, 9, 2, 5].map((count, i) => ({
  x: floats([count, steps, inputs], i),
  y: floats([count, 1], i + 100),
}));

/** Trains a model with one step for each batch size, and returns the losses. */
async function train(model: Module, backend: Backend): Promise<number[]> {
  using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.1, momentum: 0.5 }));
  using step = compileForBatches(
    { x: f32([steps, inputs]), y: f32([1]) },
    ({ x, y }) => {
      const loss = model.forward(x).sub(y).square().mean();
      return { outputs: { loss }, updates: optimizer.minimize(loss) as Updates };
    },
    { backend, most: 2 },
  );
  const losses: number[] = [];
  for (const batch of batches) {
    await step.run(batch);
    losses.push((await step.read()).loss[0]!);
  }
  return losses;
}

/** The trained model computes in onnxruntime what it computes here, for any batch size. */
async function checkExport(model: Module, backend: Backend): Promise<void> {
  const file = await exportOnnx(model, { sampleShape: [steps, inputs] });
  for (const count of [1, 4]) {
    const [shape, data] = [[count, steps, inputs], floats([count, steps, inputs], 7)];
    const own = await model.forward(tensor(data, shape)).data({ backend });
    const found = await runOnnx(file, { shape, data });
    const errors = Array.from(own, (value, i) => Math.abs(value - found.data[i]!));
    assertLess(Math.max(...errors), 1e-5);
  }
}

const layers: Readonly<Record<string, () => LSTM | GRU>> = {
  "an LSTM of loops": () => new LSTM(inputs, hidden, { batchFirst: true }),
  "a GRU of loops": () => new GRU(inputs, hidden, { batchFirst: true }),
};

/** A file with an LSTM operator and a head, whose batch is free. */
function operatorFile(): Uint8Array<ArrayBuffer> {
  const weights = (name: string, shape: readonly number[], seed: number) =>
    vector(name, [...floats(shape, seed)].map((value) => value / 2), shape);
  return fileOf({
    nodes: [
      node("Transpose", ["x"], ["rows"], { perm: ints([1, 0, 2]) }),
      node("LSTM", ["rows", "W", "R", "B"], ["all", "last"], { hidden_size: int(hidden) }),
      node("Reshape", ["last", "flat"], ["features"]),
      node("MatMul", ["features", "head"], ["output"]),
    ],
    initializers: [
      weights("W", [1, 4 * hidden, inputs], 1),
      weights("R", [1, 4 * hidden, hidden], 2),
      weights("B", [1, 8 * hidden], 3),
      weights("head", [hidden, 1], 4),
      whole("flat", [-1, hidden]),
    ],
    inputs: [value("x", { shape: ["batch", steps, inputs] })],
    outputs: [value("output", { shape: ["batch", 1] })],
  });
}

for (const testOn of [cpuTest, gpuTest]) {
  const where = testOn === cpuTest ? "cpu" : "gpu";
  for (const [name, make] of Object.entries(layers)) {
    testOn(
      `${where}: ${name} of a file trains on batches of any size as its model`,
      async (backend) => {
        using model = initialize(new Network(make()), { seed: 1 });
        using copy = importOnnx(await exportOnnx(model, { sampleShape: [steps, inputs] }));
        const [own, copied] = [await train(model, backend), await train(copy, backend)];
        own.forEach((loss, i) => assertLess(Math.abs(loss - copied[i]!), 1e-6));
        const before = initialize(new Network(make()), { seed: 1 });
        for (const [key, parameter] of copy.namedParameters()) {
          const [values, others] = [await parameter.data(), await model.state().get(key)!.data()];
          const initial = await before.state().get(key)!.data();
          assert(
            values.some((each, i) => Math.abs(each - initial[i]!) > 1e-4),
            `${key} is trained`,
          );
          values.forEach((each, i) => assertLess(Math.abs(each - others[i]!), 1e-6));
        }
        before[Symbol.dispose]();
        await checkExport(copy, backend);
      },
    );
  }

  testOn(`${where}: an LSTM operator of a file trains on batches of any size`, async (backend) => {
    using model = importOnnx(operatorFile());
    assertEquals([...model.namedParameters().keys()], ["W", "R", "B", "head"]);
    const losses = await train(model, backend);
    assert(losses.every(Number.isFinite));
    const initial = importOnnx(operatorFile()).namedParameters();
    for (const [key, parameter] of model.namedParameters()) {
      const [values, others] = [await parameter.data(), await initial.get(key)!.data()];
      assert(values.some((each, i) => Math.abs(each - others[i]!) > 1e-4), `${key} is trained`);
    }
    await checkExport(model, backend);
  });
}
