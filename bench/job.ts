/**
 * Gspace's side of a measurement: a case, compiled for a backend and with its inputs in place.
 * @module
 */
import {
  adam,
  type Backend,
  compile,
  type Compiled,
  crossEntropy,
  f32,
  type GradientTransform,
  i32,
  initialize,
  Linear,
  type Module,
  Optimizer,
  type Pass,
  type Plan,
  ReLU,
  Sequential,
  sgd,
  Variable,
} from "../mod.ts";
import type { Case, OpCase, OptimizerName, TrainingCase } from "./cases.ts";
import { trainingInputs, values } from "./inputs.ts";

/** Compiled work. */
export interface Job extends Disposable {
  readonly plan: Plan;
  /** Submits one run. */
  run(): void;
  /** Waits for the runs so far: one small read. */
  wait(): Promise<void>;
}

/** Compiled training. */
export interface TrainingJob extends Job {
  /** The loss before the last step. */
  loss(): Promise<number>;
}

/** Compiles any case. */
export function prepare(benchCase: Case, backend: Backend): Promise<Job> {
  return benchCase.kind === "op"
    ? prepareOp(benchCase, backend)
    : prepareTraining(benchCase, backend);
}

/** Compiles ops; the result stays in a variable, so that nothing large is read back. */
export async function prepareOp(
  { name, inputs, build }: Pick<OpCase, "name" | "inputs" | "build">,
  backend: Backend,
): Promise<Job & { readonly result: Variable }> {
  const types = Object.fromEntries(
    Object.entries(inputs).map(([input, shape]) => [input, f32(shape)]),
  );
  let result: Variable | undefined;
  const compiled = await compile(types, (tensors) => {
    const value = build(tensors);
    result = new Variable("result", f32(value.shape));
    return { updates: new Map([[result, value]]) };
  }, { backend, label: name });
  if (!result) throw new Error(`Internal: "${name}" was not traced`);
  compiled.run(Object.fromEntries(
    Object.entries(inputs).map(([input, shape], i) => [
      input,
      values(shape.reduce((product, size) => product * size, 1), i + 1),
    ]),
  ));
  return { ...jobOf(compiled, backend, [result]), result };
}

/** Compiles a training step from the first values that every contender starts from. */
export async function prepareTraining(
  { name, widths, batch, optimizer: optimizerName }: Omit<TrainingCase, "kind" | "flops">,
  backend: Backend,
): Promise<TrainingJob> {
  const inputs = trainingInputs(widths, batch);
  const model = initialize(networkOf(widths), { seed: 1 });
  const parameters = model.namedParameters();
  inputs.layers.forEach(({ weight, bias }, i) => {
    parameters.get(`${2 * i}.weight`)?.assign(weight);
    parameters.get(`${2 * i}.bias`)?.assign(bias);
  });
  const { transform, passes } = optimizers[optimizerName](model);
  const optimizer = new Optimizer(model.parameters(), transform);
  const compiled = await compile(
    { x: f32([batch, widths[0] ?? 0]), y: i32([batch]) },
    ({ x, y }) => {
      const loss = crossEntropy(model.forward(x), y);
      return { outputs: { loss }, updates: optimizer.minimize(loss) };
    },
    { backend, passes, label: name },
  );
  const { x, y } = inputs;
  let isFirst = true;
  const job = jobOf(compiled, backend, [...parameters.values(), optimizer]);
  return {
    ...job,
    run() {
      compiled.run(isFirst ? { x, y } : {});
      isFirst = false;
    },
    loss: async () => (await compiled.read()).loss[0] ?? NaN,
  };
}

function jobOf<I extends string, O extends string>(
  compiled: Compiled<I, O>,
  backend: Backend,
  owned: readonly Disposable[],
): Job {
  const marker = backend.allocate({ dtype: "f32", shape: [1] }, "wait");
  return {
    plan: compiled.plan,
    run: () => compiled.run(),
    wait: async () => void await backend.read([marker]),
    [Symbol.dispose]() {
      for (const held of [compiled, marker, ...owned]) held[Symbol.dispose]();
    },
  };
}

/** Linear layers with relu between them. */
export function networkOf(widths: readonly number[]): Sequential {
  const layers = widths.slice(1).flatMap((outputs, i) => [
    new Linear(widths[i] ?? 0, outputs),
    new ReLU(),
  ]);
  return new Sequential(layers.slice(0, -1));
}

interface Update {
  readonly transform: GradientTransform;
  readonly passes: readonly Pass[];
}

const learningRate = 0.01;

const optimizers: Readonly<Record<OptimizerName, (model: Module) => Update>> = {
  sgd: () => ({ transform: sgd({ learningRate }), passes: [] }),
  momentum: () => ({ transform: sgd({ learningRate, momentum: 0.9 }), passes: [] }),
  adam: () => ({ transform: adam({ learningRate: 1e-4 }), passes: [] }),
  gsgd: () => {
    throw new Error("no gsgd yet");
  },
};
