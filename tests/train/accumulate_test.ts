import { assert, assertEquals, assertThrows } from "@std/assert";
import * as gs from "../../mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { makeSynthetic } from "../../datasets/mod.ts";
import { Trainer, type TrainerOptions } from "../../train/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { assertAllClose } from "../support/close.ts";

const settings = { seed: 2, classes: 3, sampleShape: [4], noise: 0.5 };
const data = makeSynthetic({ ...settings, trainCount: 23, testCount: 9 });

function makeModel(layers: readonly gs.Module[] = []): gs.Module {
  const all = [new gs.Linear(4, 6), new gs.ReLU(), ...layers, new gs.Linear(6, 3)];
  return gs.initialize(new gs.Sequential(all), { seed: 3 });
}

/** Trains on batches of 6, of which the last one has 5 samples. */
async function train(
  backend: Backend,
  more: Partial<TrainerOptions>,
  layers: readonly gs.Module[] = [],
) {
  using model = makeModel(layers);
  using optimizer = new gs.Optimizer(
    model.parameters(),
    gs.sgd({ learningRate: 0.1, momentum: 0.9 }),
  );
  const how = { batchSize: 6, epochs: 3, seed: 7, backend };
  using trainer = new Trainer({ model, optimizer, data, ...how, ...more });
  if (more.passes) {
    gs.initializeSkeleton(gs.planGsgd(trainer.graph), model.parameters(), "one");
  }
  const results = await trainer.train();
  const values = await gs.readVariables([...model.state().values(), optimizer.step]);
  return { results, values };
}

for (const passes of [[], [gs.gsgd()]]) {
  for (const accumulate of [2, 4, 6, 100]) {
    const name = passes.length > 0 ? "G-SGD" : "SGD";
    cpuTest(`batches in ${accumulate} parts train by ${name} as whole batches`, async (backend) => {
      const more = passes.length > 0 ? { passes } : {};
      const whole = await train(backend, more);
      const parts = await train(backend, { ...more, accumulate });
      assertEquals(parts.results.map(({ step }) => step), [4, 8, 12]);
      const tolerance = { relative: 2e-5, absolute: 2e-5 };
      assertAllClose(
        parts.results.map(({ loss }) => loss),
        whole.results.map(({ loss }) => loss),
        tolerance,
        "losses",
      );
      assertEquals(
        parts.results.map(({ accuracy }) => accuracy),
        whole.results.map(({ accuracy }) => accuracy),
      );
      parts.values.forEach((value, i) =>
        assertAllClose(value, whole.values[i]!, tolerance, `variable ${i}`)
      );
    });
  }
}

cpuTest("one part is the usual step, bit for bit", async (backend) => {
  const layers = () => [new gs.BatchNorm1d(6), new gs.Dropout(0.3)];
  assertEquals(
    await train(backend, { accumulate: 1 }, layers()),
    await train(backend, {}, layers()),
  );
});

cpuTest("parts have statistics and dropout of their own", async (backend) => {
  const layers = () => [new gs.BatchNorm1d(6), new gs.Dropout(0.3)];
  const parts = await train(backend, { accumulate: 2 }, layers());
  const whole = await train(backend, {}, layers());
  assertEquals(parts.values.every((value) => value.every(Number.isFinite)), true);
  assert(parts.values.some((value, i) => value.some((x, k) => x !== whole.values[i]![k])));
});

cpuTest("batches in parts train by Path-SGD as whole batches", async (backend) => {
  const more = { passes: [gs.pathSgd()], batchSize: 5 } as const; // parts of 3, 2, and 1
  const whole = await train(backend, more);
  const parts = await train(backend, { ...more, accumulate: 2 });
  const tolerance = { relative: 2e-5, absolute: 2e-5 };
  parts.values.forEach((value, i) =>
    assertAllClose(value, whole.values[i]!, tolerance, `variable ${i}`)
  );
});

Deno.test("mixup needs the whole batch", () => {
  const model = makeModel();
  const optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.1 }));
  using backend = gs.openCpu();
  const options = { model, optimizer, data, backend, batchSize: 6, epochs: 1, mixup: 1 };
  assertThrows(
    () => new Trainer({ ...options, accumulate: 2 }),
    RangeError,
    "accumulate must be 1 with mixup",
  );
});
