import type { ArmRun } from "./arm_run.ts";
import { percent, thousands } from "../format.ts";
import type { Score } from "../../train/mod.ts";
import { stepPlanOf } from "./step_plan.ts";
import type { Job } from "./job.ts";
import type { EndMetric, EpochMetric } from "../../metrics/mod.ts";

/** Evaluates an arm at the end of an epoch, or of the run if it ends earlier. */
export async function measureEpoch(run: ArmRun, { stepsPerEpoch }: Job): Promise<EpochMetric> {
  const means = run.epochMeans();
  const validation = await run.validate();
  const test = await run.test();
  return {
    kind: "epoch",
    arm: run.arm.name,
    epoch: run.step / stepsPerEpoch,
    step: run.step,
    trainLoss: means.loss,
    trainAccuracy: means.accuracy,
    ...validationNumbers(validation),
    ...testNumbers(test),
    seconds: run.seconds,
  };
}

/** Evaluates the final weights of an arm. */
export async function measureEnd(run: ArmRun, { stepsPerEpoch }: Job): Promise<EndMetric> {
  run.release();
  const training = await run.scoreTraining();
  const validation = await run.validate();
  const test = await run.test();
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
    ...validationNumbers(validation),
    ...testNumbers(test),
    ...(best && { best }),
    ...(run.stoppedEarly && { stoppedEarly: true }),
    seconds: run.seconds,
    imagesPerSecond: run.imagesPerSecond,
    ...(plan && { plan: stepPlanOf(plan) }),
    ...(gsgd && { gsgd }),
  };
}

function testNumbers(score: Score | null) {
  return { testLoss: score?.loss ?? null, testError: score ? 1 - score.accuracy : null };
}

function validationNumbers(score: Score | null) {
  return score ? { validationLoss: score.loss, validationError: 1 - score.accuracy } : {};
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
