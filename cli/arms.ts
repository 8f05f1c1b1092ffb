import type { Variable } from "../autograd/mod.ts";
import type { Backend, Pass } from "../graph/mod.ts";
import type { Module } from "../layers/mod.ts";
import {
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  type GradientTransform,
  Optimizer,
  type Schedule,
  sgd,
} from "../optim/mod.ts";
import { assignTensors, readTensors } from "./checkpoint_files.ts";
import type { ArmName, Config } from "./config.ts";
import type { DeviceSplit } from "./device_data.ts";
import { buildModel } from "./model.ts";
import { type PathSpace, pathSpaceOf } from "./path_space.ts";
import { type RunLength, scheduleOf } from "./schedule.ts";
import { type BatchLayout, Trainer } from "./trainer.ts";

/** One of the optimizers that are compared, with its own model. */
export interface Arm extends Disposable {
  readonly name: ArmName;
  readonly model: Module;
  readonly trainer: Trainer;
  readonly schedule: Schedule;
  /** First weights, in words. */
  readonly firstWeights: string;
  /** What G-SGD found, if it is used. */
  readonly pathSpace?: PathSpace;
}

/** What all arms share. */
export interface SharedParts {
  readonly model: string;
  readonly config: Config;
  readonly length: RunLength;
  readonly layout: BatchLayout;
  readonly data: DeviceSplit;
  readonly order: Variable;
  readonly backend: Backend;
}

/** Does the arm begin with the skeleton's first values? */
function usesSkeleton(name: ArmName): boolean {
  return name === "gsgd" || name === "sgd-skeleton";
}

/** The learning rate of an optimizer where none is told. */
function defaultRate(rule: ArmName | Config["inner"]): number {
  return rule === "adam" || rule === "adamw" ? 0.001 : 0.01;
}

/** What the optimizer does with gradients; for G-SGD, with those of the path values. */
function transformOf(rule: ArmName, config: Config, schedule: Schedule): GradientTransform {
  const { weightDecay } = config;
  const options = { learningRate: schedule, weightDecay };
  const keep = config.momentum ?? (rule === "momentum" || rule === "nesterov" ? 0.9 : 0);
  const update = rule === "adam"
    ? adam(options)
    : rule === "adamw"
    ? adamW(options)
    : sgd({ ...options, momentum: keep, nesterov: rule === "nesterov" });
  return config.clipNorm === null ? update : chain(clipByGlobalNorm(config.clipNorm), update);
}

/** Makes a model, its optimizer and its trainer. */
export async function makeArm(name: ArmName, shared: SharedParts): Promise<Arm> {
  const { config, length, backend, data, order, layout } = shared;
  const model = await makeModel(shared);
  const rule: ArmName = name === "gsgd" ? config.inner : name;
  const schedule = scheduleOf(config.lr ?? defaultRate(rule), config, length);
  const optimizer = new Optimizer(model.parameters(), transformOf(rule, config, schedule));
  const passes: Pass[] = [];
  const passState = new Map<string, Variable>();
  const pass = { passes, passState, seed: config.seed, label: name };
  const trainer = new Trainer({ model, optimizer, data, order, layout, ...pass }, backend);
  const pathSpace = usesSkeleton(name) ? pathSpaceOf(trainer, config) : undefined;
  pathSpace?.setFirstWeights();
  if (name === "gsgd" && pathSpace) {
    passes.push(pathSpace.pass);
    const { smallestPathValue, signChanges } = pathSpace.telemetry;
    for (const counter of [smallestPathValue, signChanges]) passState.set(counter.name, counter);
  }
  return {
    name,
    model,
    trainer,
    schedule,
    firstWeights: describeFirstWeights(name, config),
    ...(name === "gsgd" && pathSpace && { pathSpace }),
    [Symbol.dispose]() {
      for (const owner of [trainer, optimizer, pathSpace?.telemetry, ...model.state().values()]) {
        owner?.[Symbol.dispose]();
      }
    },
  };
}

/** The model with its first weights, from the seed or from a file. */
async function makeModel({ model: name, config }: SharedParts): Promise<Module> {
  const model = buildModel(name, config);
  if (config.weights === null) return model;
  const { tensors } = await readTensors(config.weights);
  assignTensors(config.weights, tensors, model.state());
  return model;
}

function describeFirstWeights(name: ArmName, config: Config): string {
  const base = config.weights !== null ? "given" : config.init;
  if (!usesSkeleton(name) || config.skeletonInit === "keep") return base;
  return `${base}, skeleton ${config.skeletonInit === "one" ? "1" : "±1 (gauge)"}`;
}
