/** Trains the models of the tests on a CPU backend. */
import { assert } from "@std/assert";
import { compile, f32, i32, type Tensor, type Variable } from "../../autograd/mod.ts";
import type { CpuBackend } from "../../cpu/mod.ts";
import type { Pass } from "../../graph/mod.ts";
import { crossEntropy, initialize } from "../../layers/mod.ts";
import { adam, type GradientTransform, gsgd, Optimizer, rmsProp, sgd } from "../../optim/mod.ts";
import { CLASSES, type ModelCase } from "../cases/models.ts";
import { generator } from "../support/random.ts";

/** How a model is trained. Default: plain SGD. */
interface Training {
  readonly transform?: GradientTransform;
  readonly passes?: readonly Pass[];
}

const trainings: Readonly<Record<string, Training>> = {
  "an MLP without biases": { passes: [gsgd()] },
  "an MLP with biases, dropout, GELU and layer normalization": {
    transform: adam({ learningRate: 0.01 }),
  },
  "a PlainNet with batch normalization": { passes: [gsgd()] },
  "a ResNet with shortcuts of option A": { passes: [gsgd()] },
  "a ResNet with shortcuts of option B": { transform: rmsProp({ learningRate: 0.001 }) },
  "a VGG network with max pooling": { transform: adam({ learningRate: 0.01 }) },
  "depthwise, grouped and dilated convolutions with biases": {
    transform: sgd({ learningRate: 0.01, momentum: 0.9 }),
  },
};

const BATCH = 5;

/** Trains for a number of steps; gives the loss after each, and everything that training changes. */
export async function train(
  one: ModelCase,
  backend: CpuBackend,
  steps: number,
): Promise<Record<string, unknown>> {
  const model = initialize(one.model(), { seed: 7 });
  const { transform = sgd({ learningRate: 0.05 }), passes = [] } = trainings[one.name] ?? {};
  using optimizer = new Optimizer(model.parameters(), transform);
  const types = { x: f32([BATCH, ...one.sample]), y: i32([BATCH]) };
  using step = await compile(types, ({ x, y }) => {
    const updates = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void updates.set(variable, next);
    const loss = crossEntropy(
      model.forward(x, { training: true, counter: optimizer.step, record }),
      y,
    );
    return { outputs: { loss }, updates: new Map([...updates, ...optimizer.minimize(loss)]) };
  }, { backend, passes });
  const random = generator(11);
  const result: Record<string, unknown> = {};
  for (let i = 0; i < steps; i++) {
    const count = BATCH * one.sample.reduce((a, b) => a * b, 1);
    const x = Float32Array.from({ length: count }, () => 2 * random() - 1);
    step.run({ x, y: Int32Array.from({ length: BATCH }, (_, j) => (i + j) % CLASSES) });
    const { loss } = await step.read();
    assert(Number.isFinite(loss[0]), `the loss is ${loss[0]}`);
    result[`loss ${i}`] = loss;
  }
  for (const [name, variable] of model.state()) result[name] = await variable.data();
  model[Symbol.dispose]();
  return result;
}
