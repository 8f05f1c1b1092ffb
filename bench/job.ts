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
  Optimizer,
  type Pass,
  type Plan,
  ReLU,
  Sequential,
  sgd,
  type Tensor,
  trace,
  Variable,
} from "../mod.ts";
import { gsgd, gsgdTelemetry, initializeSkeleton, planGsgd } from "../optim/gsgd/mod.ts";
import type { Case, OpCase, OptimizerName, TrainingCase } from "./cases.ts";
import { trainingInputs, values } from "./inputs.ts";
import type { Timed } from "./measure.ts";

/** Compiled work. */
export interface Job extends Timed, Disposable {
  readonly plan: Plan;
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
  const optimizer = new Optimizer(model.parameters(), transforms[optimizerName]);
  const types = { x: f32([batch, widths[0] ?? 0]), y: i32([batch]) };
  const step = ({ x, y }: Record<"x" | "y", Tensor>) => {
    const loss = crossEntropy(model.forward(x), y);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  };
  const telemetry = gsgdTelemetry();
  const passes: Pass[] = [];
  if (optimizerName === "gsgd") {
    // as in the default job: the skeleton starts from ones, and what is dangerous is counted
    initializeSkeleton(planGsgd(trace(types, step).graph), model.parameters(), "one");
    passes.push(gsgd({ telemetry }));
  }
  const compiled = await compile(types, step, { backend, passes, label: name });
  const { x, y } = inputs;
  let isFirst = true;
  const job = jobOf(compiled, backend, [
    ...parameters.values(),
    optimizer,
    telemetry,
  ]);
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

const learningRate = 0.01;

const transforms: Readonly<Record<OptimizerName, GradientTransform>> = {
  sgd: sgd({ learningRate }),
  gsgd: sgd({ learningRate }),
  momentum: sgd({ learningRate, momentum: 0.9 }),
  adam: adam({ learningRate: 1e-4 }),
};
