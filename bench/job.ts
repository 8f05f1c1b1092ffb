/**
 * Cases compiled for a backend, with their inputs on the device.
 * @module
 */
import {
  type Backend,
  compile,
  type Compiled,
  type HostArray,
  i32,
  initialize,
  Linear,
  LSTM,
  Module,
  PlainNet,
  type Plan,
  ReLU,
  ResNet,
  Sequential,
  type Tensor,
  type Variable,
} from "../mod.ts";
import { elementCount } from "../graph/mod.ts";
import { initializeSkeleton, planGsgd } from "../optim/gsgd/mod.ts";
import type {
  Case,
  OptimizerName,
  PlainNetCase,
  RecurrentCase,
  TrainingCase,
  TransformerCase,
} from "./cases.ts";
import type { OpCase } from "./op_cases.ts";
import { plainNetInputs } from "./conv_inputs.ts";
import { trainingInputs, values } from "./inputs.ts";
import type { Timed } from "./measure.ts";
import { RECURRENT_CLASSES, recurrentInputs, type RecurrentShape } from "./recurrent_inputs.ts";
import { traceOp } from "./traced_op.ts";
import { type BatchTypes, labeledBatch, tracedStep } from "./training_step.ts";
import { CharTransformer, transformerInputs } from "./transformer.ts";

/** A compiled case. */
export interface Job extends Timed, Disposable {
  readonly plan: Plan;
  /** For training, the loss before the last step. */
  readonly loss?: () => Promise<number>;
}

/** A compiled training step. */
export type TrainingJob = Required<Job>;

/** Compiles a case. */
export function prepare(benchCase: Case, backend: Backend): Promise<Job> {
  switch (benchCase.kind) {
    case "op":
      return prepareOp(benchCase, backend);
    case "training":
      return prepareTraining(benchCase, backend);
    case "plainNet":
      return preparePlainNet(benchCase, backend);
    case "recurrent":
      return prepareRecurrent(benchCase, backend);
    case "transformer":
      return prepareTransformer(benchCase, backend);
  }
}

/** Compiles ops; see `traceOp`. */
export async function prepareOp(
  op: Pick<OpCase, "name" | "inputs" | "state" | "build">,
  backend: Backend,
): Promise<Job & { readonly results: readonly Variable[] }> {
  const { traced, results } = traceOp(op);
  const compiled = await compile(traced, { backend, label: op.name });
  compiled.run(Object.fromEntries(
    Object.entries(op.inputs).map(([input, shape], i) => [
      input,
      values(elementCount(shape), i + 1),
    ]),
  ));
  return { ...jobOf(compiled, backend, results), results };
}

/** Compiles a training step with the initial values that all contenders share. */
export function prepareTraining(
  { name, widths, batch, optimizer }: Omit<TrainingCase, "kind" | "flops">,
  backend: Backend,
): Promise<TrainingJob> {
  const { x, y, layers } = trainingInputs(widths, batch);
  const initial = layers.flatMap(({ weight, bias }, i): [string, Float32Array][] => [
    [`${2 * i}.weight`, weight],
    [`${2 * i}.bias`, bias],
  ]);
  return prepareStep(networkOf(widths), {
    name,
    optimizer,
    initial: new Map(initial),
    batch: { x, y, types: labeledBatch([batch, widths[0] ?? 0]) },
  }, backend);
}

/** Compiles a training step of such a network, including updates of running statistics. */
export function preparePlainNet(
  { name, depth, shortcuts, batch, optimizer }: Omit<PlainNetCase, "kind" | "flops">,
  backend: Backend,
): Promise<TrainingJob> {
  const { x, y, layers, fc } = plainNetInputs(depth, batch);
  const convolutions = layers.map(({ conv, weight }): [string, Float32Array] => {
    return [`${conv}.weight`, weight];
  });
  const model = shortcuts ? new ResNet(depth, { shortcut: "A" }) : new PlainNet(depth);
  return prepareStep(model, {
    name,
    optimizer,
    initial: new Map([...convolutions, ["fc.weight", fc.weight], ["fc.bias", fc.bias]]),
    batch: { x, y, types: labeledBatch([batch, 3, 32, 32]) },
  }, backend);
}

/** An LSTM, and a linear layer on the outputs of the last step. */
class RecurrentNet extends Module {
  readonly lstm: LSTM;
  readonly fc: Linear;

  constructor({ size, layers }: RecurrentShape) {
    super();
    this.lstm = new LSTM(size, size, { numLayers: layers, batchFirst: true });
    this.fc = new Linear(size, RECURRENT_CLASSES);
  }

  override forward(x: Tensor): Tensor {
    const { state } = this.lstm.forward(x);
    const [layers, batch, size] = state.h.shape as [number, number, number];
    return this.fc.forward(
      state.h.slice([layers - 1, 0, 0], [1, batch, size]).reshape(batch, size),
    );
  }
}

/** Compiles a training step of an LSTM. */
export function prepareRecurrent(
  { name, optimizer, ...shape }: Omit<RecurrentCase, "kind" | "flops">,
  backend: Backend,
): Promise<TrainingJob> {
  const { x, y, lstm, fc } = recurrentInputs(shape);
  const named = (prefix: string, parameters: typeof lstm) =>
    parameters.map(({ name, data }): [string, Float32Array] => [`${prefix}.${name}`, data]);
  return prepareStep(new RecurrentNet(shape), {
    name,
    optimizer,
    initial: new Map([...named("lstm", lstm), ...named("fc", fc)]),
    batch: { x, y, types: labeledBatch([shape.batch, shape.steps, shape.size]) },
  }, backend);
}

/** Compiles a training step of a transformer with the initial values that all contenders share. */
export function prepareTransformer(
  { name, optimizer, ...sizes }: Omit<TransformerCase, "kind" | "flops">,
  backend: Backend,
): Promise<TrainingJob> {
  const model = new CharTransformer(sizes);
  const { x, y, initial } = transformerInputs(initialize(model), sizes);
  const shape = [sizes.batch, sizes.positions];
  const types = { x: i32(shape), y: i32(shape) };
  return prepareStep(model, { name, optimizer, initial, batch: { x, y, types } }, backend);
}

interface StepParts {
  readonly name: string;
  readonly optimizer: OptimizerName;
  /** Initial values by parameter name; other parameters keep those of their layers. */
  readonly initial: ReadonlyMap<string, HostArray>;
  readonly batch: { readonly x: HostArray; readonly y: HostArray; readonly types: BatchTypes };
}

async function prepareStep(
  model: Module,
  { name, optimizer: optimizerName, initial, batch: { x, y, types } }: StepParts,
  backend: Backend,
): Promise<TrainingJob> {
  initialize(model, { seed: 1 });
  const parameters = model.namedParameters();
  initial.forEach((values, parameter) => parameters.get(parameter)?.assign(values));
  const step = tracedStep(model, optimizerName, types);
  const { traced, passes } = step;
  if (optimizerName === "gsgd") {
    // as in the default run: skeleton weights start at 1
    initializeSkeleton(planGsgd(traced.graph), model.parameters(), "one");
  }
  const compiled = await compile(traced, { backend, passes, label: name });
  let isFirst = true;
  return {
    ...jobOf(compiled, backend, [...parameters.values(), step]),
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

/** A network of linear layers with ReLU between them. */
export function networkOf(widths: readonly number[]): Sequential {
  const layers = widths.slice(1).flatMap((outputs, i) => [
    new Linear(widths[i] ?? 0, outputs),
    new ReLU(),
  ]);
  return new Sequential(layers.slice(0, -1));
}
