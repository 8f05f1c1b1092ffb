/**
 * Training steps, traced but not compiled.
 * @module
 */
import {
  adam,
  crossEntropy,
  f32,
  type GradientTransform,
  i32,
  type Module,
  Optimizer,
  type Pass,
  sgd,
  type Tensor,
  type TensorType,
  trace,
  type Traced,
  type TracedFunction,
  type Variable,
} from "../mod.ts";
import { gsgd, gsgdTelemetry } from "../optim/gsgd/mod.ts";
import type { OptimizerName } from "./cases.ts";

/** A step of training, including updates of running statistics, to be compiled or traced. */
export function trainingStep(
  model: Module,
  optimizer: Optimizer,
): (batch: Readonly<Record<"x" | "y", Tensor>>) => Traced<"loss"> {
  return ({ x, y }) => {
    const statistics = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void statistics.set(variable, next);
    const context = { training: true, record, counter: optimizer.step };
    const loss = crossEntropy(model.forward(x, context), y);
    return {
      outputs: { loss },
      updates: new Map([...optimizer.minimize(loss), ...statistics]),
    };
  };
}

/** Types of the inputs `x` and the labels `y` of a step. */
export interface BatchTypes {
  readonly x: TensorType;
  readonly y: TensorType;
}

/** Samples (f32, batch first), and a label for each of them. */
export function labeledBatch(shape: readonly number[]): BatchTypes {
  return { x: f32(shape), y: i32([shape[0] ?? 0]) };
}

/** A traced step of training, with the variables that it owns besides the parameters. */
export interface TracedStep extends Disposable {
  /** The step on a batch of inputs `x` and labels `y` (i32). */
  readonly traced: TracedFunction<"x" | "y", "loss">;
  /** The passes of its optimizer: G-SGD is a pass. */
  readonly passes: readonly Pass[];
}

/**
 * Traces a step of training with an optimizer of the benchmark.
 * @param types of a batch
 */
export function tracedStep(
  model: Module,
  name: OptimizerName,
  types: BatchTypes,
): TracedStep {
  const optimizer = new Optimizer(model.parameters(), transforms[name]);
  const telemetry = gsgdTelemetry();
  return {
    traced: trace(types, trainingStep(model, optimizer)),
    // as in the default run: telemetry is on
    passes: name === "gsgd" ? [gsgd({ telemetry })] : [],
    [Symbol.dispose]() {
      optimizer[Symbol.dispose]();
      telemetry[Symbol.dispose]();
    },
  };
}

const learningRate = 0.01;

const transforms: Readonly<Record<OptimizerName, GradientTransform>> = {
  sgd: sgd({ learningRate }),
  gsgd: sgd({ learningRate }),
  momentum: sgd({ learningRate, momentum: 0.9 }),
  adam: adam({ learningRate: 1e-4 }),
};
