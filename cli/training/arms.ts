import type { Variable } from "../../autograd/mod.ts";
import type { Backend, Pass } from "../../graph/mod.ts";
import { crossEntropy, type Module } from "../../layers/mod.ts";
import {
  countersOf,
  frozenSkeleton,
  Optimizer,
  pathSgd,
  type PathSgdReport,
  planPathSgd,
  type Schedule,
} from "../../optim/mod.ts";
import { armKinds, type ArmName } from "../settings/arm_kinds.ts";
import { describeInitialWeights, setInitialWeights } from "./initial_weights.ts";
import type { GivenWeights } from "./given_weights.ts";
import {
  buildModel,
  isConvolutional,
  type ModelSpec,
  type SampleFacts,
} from "../settings/model.ts";
import { optimizerSettings, transformOf } from "../settings/optimizer_settings.ts";
import {
  type FailedSegment,
  type PathSpace,
  pathSpaceOf,
  requirePathSpace,
  skeletonOptions,
  stepGraph,
} from "./path_space.ts";
import { plateauOf, type RunLength, scheduleOf } from "./schedule.ts";
import type { SettledConfig } from "../settings/settle.ts";
import type { BatchLayout } from "../../train/batch_layout.ts";
import type { DeviceSplit, Mixup, Plateau } from "../../train/mod.ts";
import { type BatchLoss, LARGE_STEP, StepRunner } from "../../train/step_runner.ts";

/** One of the optimizers to compare, with its own model. */
export interface Arm extends Disposable {
  readonly name: ArmName;
  readonly model: Module;
  readonly runner: StepRunner;
  readonly schedule: Schedule;
  /** The factor of the learning rate that depends on validations, if there is one. */
  readonly plateau: Plateau | undefined;
  /** How the weights are initialized, in words. */
  readonly firstWeights: string;
  /** Segments that G-SGD leaves out, because they failed the check on the first batch. */
  readonly failed: readonly FailedSegment[];
  /** How G-SGD treats the model, if it is used. */
  readonly pathSpace?: PathSpace;
  /** How Path-SGD treats each parameter, if it is used. */
  readonly pathSgd?: PathSgdReport;
}

/** What all arms share. */
export interface SharedParts {
  readonly model: ModelSpec;
  readonly dataset: SampleFacts;
  readonly config: SettledConfig;
  readonly length: RunLength;
  readonly layout: BatchLayout;
  readonly data: DeviceSplit;
  readonly order: Variable;
  readonly mixup: Mixup | undefined;
  readonly backend: Backend;
  /** The weights of the file that `weights` names, if any. */
  readonly given: GivenWeights | undefined;
}

/** Makes an arm: its model, optimizer, and training step. */
export async function makeArm(name: ArmName, shared: SharedParts): Promise<Arm> {
  const { config, length, backend, data, order, layout, mixup } = shared;
  const model = buildModel(shared.model, shared.dataset, config);
  shared.given?.load(model);
  const settings = optimizerSettings(name, config, isConvolutional(shared.model));
  const plateau = plateauOf(config);
  const schedule = scheduleOf(settings.learningRate, config, { ...length, plateau });
  const optimizer = new Optimizer(model.parameters(), transformOf(settings, config, schedule));
  const passes: Pass[] = [];
  const extraState = new Map<string, Variable>();
  if (plateau) extraState.set(plateau.factor.name, plateau.factor);
  const { seed, augment, labelSmoothing } = config;
  const batches = { data, order, layout, seed, augment, mixup };
  const loss: BatchLoss = (logits, target) => crossEntropy(logits, target, { labelSmoothing });
  const step = { passes, extraState, loss, label: name, largeStep: LARGE_STEP };
  const runner = new StepRunner({ model, optimizer, ...batches, ...step }, backend);
  const { skeleton, pass } = armKinds[name];
  const whole = skeleton ? pathSpaceOf(runner, config) : undefined;
  if (whole) requirePathSpace(name, shared.model.name, whole);
  setInitialWeights(runner, whole, config);
  const isGsgd = pass === "gsgd";
  const failed = isGsgd && config.selfCheck ? await whole?.selfCheck(backend) ?? [] : [];
  const pathSpace = failed.length > 0 ? pathSpaceOf(runner, config, failed) : whole;
  if (isGsgd && pathSpace) {
    requirePathSpace(name, shared.model.name, pathSpace, failed);
    passes.push(pathSpace.pass);
    for (const counter of countersOf(pathSpace.telemetry)) extraState.set(counter.name, counter);
  }
  const report = pass === "path-sgd" ? planPathSgd(stepGraph(runner)).report : undefined;
  if (report) passes.push(pathSgd());
  if (pass === "frozen-skeleton") passes.push(frozenSkeleton(skeletonOptions(config)));
  return {
    name,
    model,
    runner,
    schedule,
    plateau,
    firstWeights: describeInitialWeights(name, config),
    failed,
    ...(isGsgd && pathSpace && { pathSpace }),
    ...(report && { pathSgd: report }),
    [Symbol.dispose]() {
      const owners = [runner, optimizer, model, plateau, pathSpace?.telemetry];
      for (const owner of owners) owner?.[Symbol.dispose]();
    },
  };
}
