import { type Backend, labelOf } from "../../graph/mod.ts";
import { crossEntropy, type Module } from "../../layers/mod.ts";
import {
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  clipByValue,
  countersOf,
  type Decay,
  frozenSkeleton,
  type GradientTransform,
  Optimizer,
  pathSgd,
  type PathSgdReport,
  planPathSgd,
  type ReduceLROnPlateau,
  rmsProp,
  type Schedule,
  sgd,
} from "../../optim/mod.ts";
import { armKinds, type ArmName } from "../settings/arm_kinds.ts";
import { describeInitialWeights, setInitialWeights } from "./initial_weights.ts";
import type { GivenWeights } from "./given_weights.ts";
import type { Config } from "../settings/config.ts";
import { buildModel, type ModelSpec, type SampleInfo } from "../settings/model.ts";
import {
  type FailedSegment,
  type PathSpace,
  pathSpaceOf,
  requirePathSpace,
  stepGraph,
} from "./path_space.ts";
import { plateauOf, type RunLength, scheduleOf } from "./schedule.ts";
import type { ArmSettings, SettledConfig } from "../settings/settle.ts";
import type { Ranks } from "../ranks/ranks.ts";
import type { EpochBatches } from "../../train/epoch_batches.ts";
import type { DeviceSplit } from "../../train/mod.ts";
import { type BatchLoss, StepRunner } from "../../train/step_runner.ts";

/** One of the optimizers to compare, with its own model. */
export interface Arm extends Disposable {
  readonly name: ArmName;
  readonly model: Module;
  readonly runner: StepRunner;
  readonly schedule: Schedule;
  /** The learning rate before warm-up, if it depends on validations. */
  readonly plateau: ReduceLROnPlateau | undefined;
  /** How the weights are initialized, in words. */
  readonly initialWeights: string;
  /** How G-SGD treats the model, if it is used. */
  readonly pathSpace?: PathSpace;
  /** Segments that G-SGD leaves out, because they failed the check on the first batch. */
  readonly failed?: readonly FailedSegment[];
  /** How Path-SGD treats each parameter, if it is used. */
  readonly pathSgd?: PathSgdReport;
}

/** What all arms share. */
export interface SharedParts {
  readonly model: ModelSpec;
  readonly dataset: SampleInfo;
  readonly config: SettledConfig;
  readonly length: RunLength;
  readonly data: DeviceSplit;
  readonly batches: EpochBatches;
  readonly backend: Backend;
  /** The weights of the file that `weights` names, if any. */
  readonly given: GivenWeights | undefined;
  readonly ranks: Ranks;
}

/** Makes an arm: its model, optimizer, and training step. */
export async function makeArm(settings: ArmSettings, shared: SharedParts): Promise<Arm> {
  const { config, length } = shared;
  const { name } = settings;
  const model = buildModel(shared.model, shared.dataset, config);
  shared.given?.load(model);
  const plateau = plateauOf(settings.learningRate, config);
  const schedule = scheduleOf(settings.learningRate, config, { ...length, plateau });
  const optimizer = new Optimizer(model.parameters(), transformOf(settings, config, schedule));
  const extraState = plateau ? [plateau.state] : [];
  const runner = runnerOf({ model, optimizer, extraState, label: name }, shared);
  const pass = await addPass(name, runner, shared);
  return {
    name,
    model,
    runner,
    schedule,
    plateau,
    initialWeights: describeInitialWeights(name, config),
    ...pass,
    [Symbol.dispose]() {
      const owners = [runner, optimizer, model, plateau, pass.pathSpace?.telemetry];
      for (const owner of owners) owner?.[Symbol.dispose]();
    },
  };
}

/** The steps of an arm, on the data that all share. */
function runnerOf(
  own: Pick<StepRunner["parts"], "model" | "optimizer" | "extraState" | "label">,
  { config, data, batches: { order, layout, mixup }, ranks: { communicator }, backend }:
    SharedParts,
): StepRunner {
  const { seed, augment, labelSmoothing, syncBn: syncBatchNorm } = config;
  const loss: BatchLoss = (logits, target) => crossEntropy(logits, target, { labelSmoothing });
  const accumulate = config.accumulate ?? 1;
  const samples = { data, order, layout, mixup, seed, augment };
  const how = { accumulate, loss, communicator, syncBatchNorm };
  return new StepRunner({ ...own, ...samples, ...how }, backend);
}

/** Sets the initial weights of an arm, and adds the pass of its optimizer to its steps. */
async function addPass(
  name: ArmName,
  runner: StepRunner,
  { config, backend, model }: SharedParts,
): Promise<Pick<Arm, "pathSpace" | "failed" | "pathSgd">> {
  const { skeleton, pass } = armKinds[name];
  const whole = skeleton ? pathSpaceOf(runner, config) : undefined;
  if (whole) requirePathSpace(name, model.name, whole);
  setInitialWeights(runner, whole, config);
  if (pass === "gsgd" && whole) {
    const failed = config.selfCheck ? await whole.selfCheck(backend) : [];
    const pathSpace = failed.length > 0 ? pathSpaceOf(runner, config, failed) : whole;
    requirePathSpace(name, model.name, pathSpace, failed);
    runner.passes.push(pathSpace.pass);
    runner.extraState.push(...countersOf(pathSpace.telemetry));
    return { pathSpace, failed };
  }
  if (pass === "path-sgd") {
    const { report } = planPathSgd(stepGraph(runner));
    runner.passes.push(pathSgd());
    return { pathSgd: report };
  }
  if (pass === "frozen-skeleton") {
    const { bn, residual, segmentation } = config;
    runner.passes.push(frozenSkeleton({ bn, residual, segmentation }));
  }
  return {};
}

/** The gradient transform of an optimizer, with the rates of a schedule. */
function transformOf(
  { rule, momentum = 0, weightDecay: ofWeights }: ArmSettings,
  { biasDecay, clipNorm, clipValue }: Config,
  schedule: Schedule,
): GradientTransform {
  const weightDecay: Decay = biasDecay === null
    ? ofWeights
    : (parameter) => /(^|\.)bias$/.test(labelOf(parameter)) ? biasDecay : ofWeights;
  const options = { learningRate: schedule, weightDecay };
  const update = rule === "adam"
    ? adam(options)
    : rule === "adamw"
    ? adamW(options)
    : rule === "rmsprop"
    ? rmsProp(options)
    : sgd({ ...options, momentum, nesterov: rule === "nesterov" });
  if (clipNorm !== null) return chain(clipByGlobalNorm(clipNorm), update);
  return clipValue === null ? update : chain(clipByValue(clipValue), update);
}
