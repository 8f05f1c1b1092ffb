import { assert, assertEquals } from "@std/assert";
import { Variable } from "../../autograd/mod.ts";
import {
  matchTensors,
  readTensors,
  restoreSnapshot,
  takeSnapshot,
  writeTensors,
} from "../../cli/checkpoints/tensor_files.ts";
import { layoutOf } from "../../train/batch_layout.ts";
import { placeSplit } from "../../train/mod.ts";
import { StepRunner } from "../../train/step_runner.ts";
import { openCpu } from "../../cpu/mod.ts";
import { makeSynthetic } from "../../datasets/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { Dropout, initialize, Linear, ReLU, Sequential } from "../../layers/mod.ts";
import { adam, Optimizer } from "../../optim/mod.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { temporaryFolder } from "./command.ts";

const dataset = makeSynthetic({ trainCount: 40, testCount: 0 });

/** A network with dropout, and its training step, before the first step. */
function makeRunner(backend: Backend, seed = 7) {
  const layers = [new Linear(16, 24), new ReLU(), new Dropout(0.4), new Linear(24, 10)];
  const model = initialize(new Sequential(layers), { seed: 3 });
  const optimizer = new Optimizer(model.parameters(), adam({ learningRate: 0.01 }));
  const place = { shape: [16], name: "train", bytesPerBuffer: 1e6 };
  const data = placeSplit(dataset, dataset.train, place);
  const orderOf = () => Int32Array.from({ length: 40 }, (_, i) => i);
  const order = new Variable("order", { dtype: "i32", shape: [40] }, orderOf);
  const layout = layoutOf(40, 16, false);
  const parts = { model, optimizer, data, order, layout, seed, label: "t", largeStep: Infinity };
  const runner = new StepRunner(parts, backend);
  const owners = [runner, optimizer, data, order, model];
  return {
    runner,
    [Symbol.dispose]: () => owners.forEach((owner) => owner[Symbol.dispose]()),
  };
}

async function runSteps(runner: StepRunner, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++) {
    await runner.prepare(step, step + 1);
    await runner.run(step, step + 1);
  }
}

async function valuesAfter(runner: StepRunner): Promise<Map<string, number[]>> {
  const snapshot = await takeSnapshot(runner.state());
  return new Map([...snapshot].map(([name, values]) => [name, [...values]]));
}

const total = 7;

/** Resumes training with dropout from files after these steps, and compares with an uninterrupted run. */
async function checkDropout(backend: Backend, from: readonly number[]): Promise<void> {
  await using folder = await temporaryFolder();
  using whole = makeRunner(backend);
  for (let step = 0; step < total; step++) {
    const path = `${folder.path}/${step}.safetensors`;
    const { runner } = whole;
    await writeTensors(path, runner.state(), await takeSnapshot(runner.state()), {});
    await runSteps(runner, step, step + 1);
  }
  const expected = await valuesAfter(whole.runner);
  for (const step of from) {
    using other = makeRunner(backend);
    const path = `${folder.path}/${step}.safetensors`;
    const state = other.runner.state();
    restoreSnapshot(state, matchTensors(path, (await readTensors(path)).tensors, state));
    await runSteps(other.runner, step, total);
    assertEquals(await valuesAfter(other.runner), expected, `from step ${step}`);
  }
  using seeded = makeRunner(backend, 8);
  await runSteps(seeded.runner, 0, total);
  const others = await valuesAfter(seeded.runner);
  assert(`${others.get("3.weight")}` !== `${expected.get("3.weight")}`, "dropout takes part");
}

Deno.test("training with dropout resumes exactly from any step", async () => {
  using backend = await openCpu({ threads: 2 });
  await checkDropout(backend, Array.from({ length: total }, (_, step) => step));
  assertEquals(backend.memory().liveBuffers, 0);
});

gpuTest("training with dropout resumes exactly on a GPU", (gpu) => checkDropout(gpu, [1, 5]));
