import type { ArmRun } from "./arm_run.ts";
import { percent, thousands } from "../format.ts";
import type { Job } from "./job.ts";
import { type Plan, temporaryBytes } from "../../graph/mod.ts";
import type { EndMetric, EpochMetric, SplitScores, StepPlan } from "../../metrics/mod.ts";

/** Evaluates an arm at the end of an epoch, or of the run if it ends earlier. */
export async function measureEpoch(run: ArmRun, { stepsPerEpoch }: Job): Promise<EpochMetric> {
  const means = run.epochMeans();
  const splits = await splitScores(run);
  return {
    kind: "epoch",
    arm: run.arm.name,
    epoch: run.step / stepsPerEpoch,
    step: run.step,
    trainLoss: means.loss,
    trainAccuracy: means.accuracy,
    ...splits,
    seconds: run.seconds,
  };
}

/** Evaluates the final weights of an arm. */
export async function measureEnd(run: ArmRun, { stepsPerEpoch }: Job): Promise<EndMetric> {
  run.release();
  const training = await run.scores.onTraining();
  const splits = await splitScores(run);
  const gsgd = await run.gsgdCounts();
  const { plan } = run.arm.runner;
  const { best } = run.selection;
  return {
    kind: "end",
    arm: run.arm.name,
    epoch: run.step / stepsPerEpoch,
    step: run.step,
    trainLoss: training.loss,
    trainError: 1 - training.accuracy,
    ...splits,
    ...(best && { best }),
    ...(run.stoppedEarly && { stoppedEarly: true }),
    seconds: run.seconds,
    imagesPerSecond: run.imagesPerSecond,
    ...(plan && { plan: stepPlanOf(plan) }),
    ...(gsgd && { gsgd }),
  };
}

/** The size of a training step's plan, for metrics and reports. */
export function stepPlanOf(plan: Plan): StepPlan {
  const { dispatches, keptBytes } = plan;
  return {
    dispatches: dispatches.length,
    temporaryBytes: temporaryBytes(plan),
    ...(keptBytes !== undefined && { keptBytes }),
  };
}

async function splitScores({ scores, step }: ArmRun): Promise<SplitScores> {
  const validation = await scores.on("validation", step);
  const test = await scores.on("test", step);
  return {
    ...(validation && {
      validationLoss: validation.loss,
      validationError: 1 - validation.accuracy,
    }),
    testLoss: test?.loss ?? null,
    testError: test ? 1 - test.accuracy : null,
  };
}

/** The line that the command prints for an epoch. `width` is the length of the longest arm name. */
export function describeEpoch(
  metric: EpochMetric,
  { epochs, width, imagesPerSecond }: {
    readonly epochs: number;
    readonly width: number;
    readonly imagesPerSecond: number;
  },
): string {
  const { epoch, arm, trainLoss, trainAccuracy, validationError, testError } = metric;
  const number = String(Math.ceil(epoch)).padStart(String(epochs).length);
  return [
    `epoch ${number}/${epochs}`,
    arm.padEnd(width),
    `loss ${trainLoss.toFixed(4)}`,
    `accuracy ${percent(trainAccuracy)}`,
    ...(validationError === undefined ? [] : [`validation error ${percent(validationError)}`]),
    ...(testError === null ? [] : [`test error ${percent(testError)}`]),
    `${thousands(imagesPerSecond)} images/s`,
  ].join("  ");
}
