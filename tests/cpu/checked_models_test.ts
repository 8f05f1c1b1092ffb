import { assertEquals } from "@std/assert";
import { compile, f32, i32, type Tensor, type Variable } from "../../autograd/mod.ts";
import { type CpuBackend, openCpu } from "../../cpu/mod.ts";
import type { Pass } from "../../graph/mod.ts";
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm1d,
  Conv2d,
  crossEntropy,
  Dropout,
  Flatten,
  GELU,
  GlobalAvgPool2d,
  GroupNorm,
  initialize,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool2d,
  type Module,
  PlainNet,
  ReLU,
  ResNet,
  Sequential,
  Sigmoid,
  Tanh,
  Upsample,
  VGG,
} from "../../layers/mod.ts";
import { adam, type GradientTransform, gsgd, Optimizer, rmsProp, sgd } from "../../optim/mod.ts";
import { generator } from "../support/random.ts";

/** A model, what its samples are, and how it is trained. */
interface ModelCase {
  readonly name: string;
  readonly model: () => Module;
  readonly sample: readonly number[];
  readonly transform?: () => GradientTransform;
  readonly passes?: readonly Pass[];
}

const CLASSES = 3;

const cases: readonly ModelCase[] = [
  {
    name: "an MLP with G-SGD",
    model: () =>
      new Sequential([new Linear(13, 17, { bias: false }), new ReLU(), new Linear(17, CLASSES)]),
    sample: [13],
    passes: [gsgd()],
  },
  {
    name: "an MLP with every norm and activation",
    model: () =>
      new Sequential([
        new Linear(20, 32),
        new LayerNorm(32),
        new GELU(),
        new Dropout(0.5),
        new Linear(32, 16),
        new BatchNorm1d(16),
        new Tanh(),
        new Linear(16, 9),
        new Sigmoid(),
        new Linear(9, CLASSES),
        new LeakyReLU(0.2),
      ]),
    sample: [20],
    transform: () => adam({ learningRate: 0.01 }),
  },
  {
    name: "convolutions of every kind",
    model: () =>
      new Sequential([
        new Conv2d(2, 6, 3, { padding: 1, stride: 2 }),
        new GroupNorm(3, 6),
        new ReLU(),
        new Conv2d(6, 12, 3, { groups: 6, padding: 1 }),
        new Conv2d(12, 10, 1),
        new MaxPool2d(2),
        new Upsample(2),
        new Conv2d(10, 5, 2, { dilation: 2 }),
        new AvgPool2d(2),
        new Conv2d(5, 4, 7, { padding: 3 }),
        new AdaptiveAvgPool2d(2),
        new Flatten(),
        new Linear(16, CLASSES),
      ]),
    sample: [2, 13, 15],
    transform: () => sgd({ learningRate: 0.01, momentum: 0.9 }),
  },
  {
    name: "a PlainNet with G-SGD",
    model: () => new PlainNet(8, { classes: CLASSES, channels: 2, widths: [4, 6, 5] }),
    sample: [2, 9, 9],
    passes: [gsgd()],
  },
  {
    name: "a ResNet of three stages with G-SGD",
    model: () => new ResNet(8, { classes: CLASSES, channels: 2, widths: [4, 7, 9] }),
    sample: [2, 9, 8],
    passes: [gsgd()],
  },
  {
    name: "a ResNet-18",
    model: () => new ResNet(18, { classes: CLASSES, channels: 1, widths: [3, 4, 5, 6] }),
    sample: [1, 11, 11],
    transform: () => rmsProp({ learningRate: 0.001 }),
  },
  {
    name: "a VGG",
    model: () => new VGG("4-M-6-6-M", { classes: CLASSES, channels: 2 }),
    sample: [2, 8, 9],
    transform: () => adam({ learningRate: 0.01 }),
  },
  {
    name: "global pooling of one channel",
    model: () => new Sequential([new Conv2d(1, CLASSES, 3), new GlobalAvgPool2d(), new Flatten()]),
    sample: [1, 4, 3],
  },
];

const BATCH = 5;
const STEPS = 3;

/** The loss after each step, and everything that training changes. */
async function train(one: ModelCase, backend: CpuBackend): Promise<Record<string, unknown>> {
  const model = initialize(one.model(), { seed: 7 });
  using optimizer = new Optimizer(
    model.parameters(),
    one.transform?.() ?? sgd({ learningRate: 0.05 }),
  );
  const types = { x: f32([BATCH, ...one.sample]), y: i32([BATCH]) };
  using step = await compile(types, ({ x, y }) => {
    const updates = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void updates.set(variable, next);
    const loss = crossEntropy(
      model.forward(x, { training: true, counter: optimizer.step, record }),
      y,
    );
    return { outputs: { loss }, updates: new Map([...updates, ...optimizer.minimize(loss)]) };
  }, { backend, ...(one.passes && { passes: one.passes }) });
  const random = generator(11);
  const result: Record<string, unknown> = {};
  for (let i = 0; i < STEPS; i++) {
    const count = BATCH * one.sample.reduce((a, b) => a * b, 1);
    const x = Float32Array.from({ length: count }, () => 2 * random() - 1);
    step.run({ x, y: Int32Array.from({ length: BATCH }, (_, j) => (i + j) % CLASSES) });
    result[`loss ${i}`] = (await step.read()).loss;
  }
  for (const [name, variable] of model.state()) result[name] = await variable.data();
  model[Symbol.dispose]();
  return result;
}

for (const one of cases) {
  Deno.test(`${one.name} trains bit-identically in checked mode`, async () => {
    using plain = openCpu({ threads: 1 });
    const expected = await train(one, plain);
    for (const threads of [1, 2, 4]) {
      using cpu = openCpu({ threads, checked: true });
      assertEquals(await train(one, cpu), expected);
      assertEquals(cpu.memory().liveBuffers, 0);
    }
  });
}
