import { assert, assertEquals, assertRejects } from "@std/assert";
import * as gs from "../../mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { type Communicator, inProcess } from "../../distributed/mod.ts";
import { makeSynthetic } from "../../datasets/mod.ts";
import { Trainer, type TrainerOptions } from "../../train/mod.ts";
import { farthest } from "../distributed/_small_model.ts";

/** 53 images of 2 x 6 x 6: batches of 16 leave 5 for the last one. */
const images = makeSynthetic({
  seed: 4,
  classes: 3,
  sampleShape: [2, 6, 6],
  trainCount: 53,
  testCount: 17,
  noise: 0.4,
});
const data = gs.holdOut(images, { count: 7, seed: 2 });

function perceptron(): gs.Module {
  const layers = [new gs.Flatten(), new gs.Linear(72, 12), new gs.ReLU(), new gs.Dropout(0.3)];
  return new gs.Sequential([...layers, new gs.Linear(12, 3)]);
}

function convolutional(): gs.Module {
  return new gs.Sequential([
    ...[new gs.Conv2d(2, 4, 3, { padding: 1 }), new gs.BatchNorm2d(4), new gs.ReLU()],
    ...[new gs.GlobalAvgPool2d(), new gs.Flatten(), new gs.Linear(4, 3)],
  ]);
}

/** What is trained, and how far its weights may be from those of one process. */
interface Case {
  readonly model: () => gs.Module;
  readonly options?: Partial<TrainerOptions>;
  readonly transform?: () => gs.GradientTransform;
  readonly tolerance?: number;
}

const rate = { learningRate: 0.1 };
const cases: Readonly<Record<string, Case>> = {
  "dropout": { model: perceptron },
  "augmentation and mixup": { model: perceptron, options: { augment: true, mixup: 0.4 } },
  "gradients in parts": { model: perceptron, options: { accumulate: 3 } },
  "parts and augmentation": { model: perceptron, options: { accumulate: 2, augment: true } },
  "G-SGD": {
    model: perceptron,
    options: { passes: [gs.gsgd()] },
    transform: () => gs.sgd(rate),
  },
  "AdamW": {
    model: perceptron,
    transform: () => gs.adamW({ learningRate: 1e-3, weightDecay: 0.01 }),
    tolerance: 2e-5,
  },
  "batch normalization of all ranks": {
    model: convolutional,
    options: { syncBatchNorm: true, augment: true },
    tolerance: 1e-5,
  },
};

async function train({ model: make, options, transform }: Case, communicator?: Communicator) {
  using backend = openCpu({ threads: 1 });
  using model = gs.initialize(make(), { seed: 1 });
  const step = transform?.() ?? gs.sgd({ ...rate, momentum: 0.9 });
  using optimizer = new gs.Optimizer(model.parameters(), step);
  using trainer = new Trainer({
    ...{ model, optimizer, data, batchSize: 16, epochs: 2, seed: 5, backend },
    ...options,
    ...(communicator && { communicator }),
  });
  if (options?.passes) {
    gs.initializeSkeleton(gs.planGsgd(trainer.graph), model.parameters(), "one");
  }
  const results = await trainer.train();
  const score = await trainer.evaluate("test");
  return { results, score, state: await gs.readVariables([...model.state().values()]) };
}

for (const [name, tested] of Object.entries(cases)) {
  for (const size of [2, 3, 7]) {
    Deno.test(`${name} on ${size} ranks trains as in one process`, async () => {
      const expected = await train(tested);
      const ranks = await inProcess(size, (communicator) => train(tested, communicator));
      for (const { results, score, state } of ranks) {
        assertEquals({ results, score, state }, ranks[0]);
        const distance = farthest(state, expected.state);
        assert(distance <= (tested.tolerance ?? 2e-6), `${distance}`);
        for (const [i, { loss, accuracy, validation }] of results.entries()) {
          assert(Math.abs(loss - expected.results[i]!.loss) < 2e-5);
          assertEquals(accuracy, expected.results[i]!.accuracy);
          assertEquals(validation!.accuracy, expected.results[i]!.validation!.accuracy);
        }
        assertEquals(score.predictions, expected.score.predictions);
        assert(Math.abs(score.loss - expected.score.loss) < 2e-5);
      }
    });
  }
}

Deno.test("local batch normalization differs from that of one process, but not between ranks", async () => {
  const tested = { model: convolutional };
  const expected = await train(tested);
  const [first, second] = await inProcess(2, (communicator) => train(tested, communicator));
  assertEquals(first, second);
  assert(farthest(first!.state, expected.state) > 1e-3);
});

Deno.test("ranks that do not start equal are refused, with what differs", async () => {
  const run = inProcess(2, async (communicator) => {
    using backend = openCpu({ threads: 1 });
    using model = gs.initialize(perceptron(), { seed: 1 + communicator.rank });
    using optimizer = new gs.Optimizer(model.parameters(), gs.sgd(rate));
    const settings = { batchSize: 16 + communicator.rank, epochs: 1, backend, communicator };
    using trainer = new Trainer({ model, optimizer, data, ...settings });
    await trainer.train();
  });
  const message = 'the same batch size, epochs, and seed, "1.weight"';
  await assertRejects(() => run, gs.GraphError, message);
});
