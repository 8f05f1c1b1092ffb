import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  compile,
  compileForBatches,
  f32,
  i32,
  type Tensor,
  type Updates,
} from "../../autograd/mod.ts";
import { type Backend, GraphError, ShapeError } from "../../graph/mod.ts";
import { crossEntropy, initialize, Linear, ReLU, Sequential } from "../../layers/mod.ts";
import { adam, gsgd, Optimizer } from "../../optim/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";

const samples = { x: f32([4]), y: i32([]) };

function makeTraining() {
  const model = initialize(new Sequential(new Linear(4, 6), new ReLU(), new Linear(6, 3)), {
    seed: 2,
  });
  const optimizer = new Optimizer(model.parameters(), adam({ learningRate: 0.05 }));
  const step = ({ x, y }: { readonly x: Tensor; readonly y: Tensor }) => {
    const loss = crossEntropy(model.forward(x), y);
    return { outputs: { loss }, updates: optimizer.minimize(loss) as Updates };
  };
  const values = async () => [...await model.parameters()[0]!.data()];
  const dispose = () => [model, optimizer].forEach((owner) => owner[Symbol.dispose]());
  return { step, values, dispose };
}

const batchOf = (rows: number) => ({
  x: Float32Array.from({ length: rows * 4 }, (_, i) => Math.sin(rows + 3 * i)),
  y: Int32Array.from({ length: rows }, (_, i) => (i * 5) % 3),
});

const SIZES = [5, 3, 1, 5, 7, 3, 5];

/** Weights and losses after a step on a batch of each size. */
async function byHand(backend: Backend) {
  const { step, values, dispose } = makeTraining();
  const losses: number[] = [];
  for (const rows of SIZES) {
    const types = { x: f32([rows, 4]), y: i32([rows]) };
    using compiled = await compile(types, step, { backend, passes: [gsgd()] });
    compiled.run(batchOf(rows));
    losses.push((await compiled.read()).loss[0]!);
  }
  const result = { losses, weights: await values() };
  dispose();
  return result;
}

async function check(backend: Backend) {
  const { step, values, dispose } = makeTraining();
  const losses: number[] = [];
  const options = { backend, passes: [gsgd()], most: 2 };
  const steps = compileForBatches(samples, step, options);
  for (const rows of SIZES) {
    await steps.run(batchOf(rows));
    losses.push((await steps.read()).loss[0]!);
  }
  assertEquals({ losses, weights: await values() }, await byHand(backend));
  assertEquals(steps.sizes, [3, 5]);
  steps[Symbol.dispose]();
  dispose();
  assertEquals(backend.memory().liveBuffers, 0);
}

cpuTest("steps on batches of other sizes are those of steps compiled by hand", check);
gpuTest("steps on batches of other sizes are those of steps compiled by hand", check);

cpuTest(
  "runs are submitted in order, with the values that the arrays have at the call",
  async (backend) => {
    using sum = compileForBatches(
      { x: f32([2]) },
      ({ x, scale }) => ({ outputs: { y: x.sum(1).mul(scale).cumsum(0) } }),
      { backend, shared: { scale: f32([]) } },
    );
    await sum.prepare(2);
    const small = Float32Array.of(1, 2, 3, 4);
    const large = Float32Array.of(5, 6, 7, 8, 9, 10);
    const first = sum.run({ x: large, scale: Float32Array.of(2) }); // waits for a compilation
    const second = sum.run({ x: small }); // and this one for the first, though its step is compiled
    large.fill(0);
    small.fill(0);
    await Promise.all([first, second]);
    assertEquals([...(await sum.read()).y], [6, 20]);
    await sum.run({ x: Float32Array.of(1, 1, 1, 1, 1, 1) }); // the scale keeps its value
    assertEquals([...(await sum.read()).y], [4, 8, 12]);
    assertEquals(sum.sizes, [2, 3]);
  },
);

cpuTest("a failed run does not stop the next one", async (backend) => {
  using step = compileForBatches({ x: f32([1]) }, ({ x }) => {
    if (x.shape[0] === 3) throw new RangeError("three");
    return { outputs: { x: x.add(1) } };
  }, { backend });
  await assertRejects(() => step.read(), GraphError, "nothing has run yet");
  const failing = step.run({ x: new Float32Array(3) });
  const working = step.run({ x: Float32Array.of(4) });
  await assertRejects(() => failing, RangeError, "three");
  await working;
  assertEquals([...(await step.read()).x], [5]);
});

cpuTest("batches that do not fit are refused by name", async (backend) => {
  using step = compileForBatches(samples, ({ x, y }) => ({
    outputs: { z: x.sum(1).add(y.cast("f32")) },
  }), { backend });
  const { x, y } = batchOf(3);
  await assertRejects(
    () => step.run({ x, y: y.subarray(1) }),
    ShapeError,
    'the same number of samples, at least 1: current are 3 of "x", 2 of "y"',
  );
  await assertRejects(() => step.run({ x: x.subarray(1), y }), ShapeError, '2.75 of "x"');
  await assertRejects(() => step.run({ x: x.subarray(0, 0), y: y.subarray(0, 0) }), ShapeError);
  await assertRejects(() => step.run({ x } as never), GraphError, '"y" is missing');
  await assertRejects(() => step.run({ x, y, z: y } as never), GraphError, '"z"');
  assertThrows(() => compileForBatches({}, () => ({})), ShapeError, "no input");
  assertThrows(
    () => compileForBatches({ x: f32([0]) }, () => ({})),
    ShapeError,
    '"x" of no elements',
  );
});
