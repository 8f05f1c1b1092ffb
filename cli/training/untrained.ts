import { Variable } from "../../autograd/mod.ts";
import type { Shape } from "../../graph/mod.ts";
import type { Module } from "../../layers/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import type { Config } from "../settings/config.ts";
import { knownSampleInfo } from "../data/known_datasets.ts";
import { silent } from "../display.ts";
import { load } from "../data/load.ts";
import { buildModel, inputShape, parseModel, type SampleInfo } from "../settings/model.ts";
import { settleModel } from "../settings/settle.ts";
import { DeviceSplit } from "../../train/mod.ts";
import { StepRunner } from "../../train/step_runner.ts";

/** A model with a training step that can be traced but not run. */
interface Untrained {
  /** The model's name. */
  readonly name: string;
  readonly model: Module;
  /** Shape of a sample. */
  readonly shape: Shape;
  readonly runner: StepRunner;
}

/** Builds the model and the training step of a config without loading its data. */
export async function untrained(config: Config): Promise<Untrained> {
  const samples = await sampleInfoOf(config);
  const { model: spec, batch } = settleModel(config, samples);
  const model = buildModel(spec, samples, config);
  const shape = inputShape(spec, samples);
  const runner = new StepRunner({
    model,
    optimizer: new Optimizer(model.parameters(), sgd({ learningRate: 0.01 })),
    data: exampleData(shape, batch),
    order: new Variable("order", { dtype: "i32", shape: [batch] }),
    layout: { batch, full: 1, rest: 0 },
    seed: 0,
    label: "untrained",
  });
  return { name: spec.name, model, shape, runner };
}

/** Shape and classes of the samples, from the model's name or from the dataset. */
export async function sampleInfoOf(config: Config): Promise<SampleInfo> {
  const spec = config.model === null ? undefined : parseModel(config.model);
  if (spec?.kind === "mlp" && config.dataset === null) {
    return { name: "its samples", sampleShape: [spec.sizes[0]!], classes: spec.sizes.at(-1)! };
  }
  return knownSampleInfo(config) ?? await load(config, silent);
}

/** A split of the right types without values. */
function exampleData(shape: Shape, count: number): DeviceSplit {
  return new DeviceSplit({
    count,
    shape,
    pieces: [{ start: 0, x: new Variable("train.x", { dtype: "f32", shape: [count, ...shape] }) }],
    y: new Variable("train.y", { dtype: "i32", shape: [count] }),
  });
}
