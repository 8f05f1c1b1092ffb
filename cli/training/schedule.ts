import {
  constant,
  cosine,
  linear,
  multiStep,
  ReduceLROnPlateau,
  type Schedule,
  stepDecay,
  warmUp,
} from "../../optim/mod.ts";
import type { Config } from "../settings/config.ts";

/** Length of a run. */
export interface RunLength {
  readonly stepsPerEpoch: number;
  /** Number of steps of the whole run. */
  readonly steps: number;
}

/** The rate of an arm that depends on validations, if the schedule is a plateau. */
export function plateauOf(
  rate: number,
  { schedule, lrFactor: factor }: Config,
): ReduceLROnPlateau | undefined {
  const [name, epochs] = schedule.split(":");
  if (name !== "plateau") return undefined;
  // any lower error counts, as for the best weights
  const exact = { threshold: 0, eps: 0 };
  return new ReduceLROnPlateau(rate, { factor, patience: Number(epochs) - 1, ...exact });
}

/** The learning rate of an arm, as a function of the step. */
export function scheduleOf(
  rate: number,
  config: Config,
  { plateau, ...length }: RunLength & { readonly plateau: ReduceLROnPlateau | undefined },
): Schedule {
  const decay = plateau?.schedule ?? decayOf(rate, config, length);
  return warmUp(decay, { steps: config.warmup });
}

/** Whether the learning rate depends on the length of the run. */
export function followsLength({ schedule }: Pick<Config, "schedule">): boolean {
  return schedule === "cosine" || schedule === "linear";
}

function decayOf(
  rate: number,
  { schedule, lrFactor: factor }: Config,
  { stepsPerEpoch, steps }: RunLength,
): Schedule {
  const [name, list = ""] = schedule.split(":");
  const numbers = list.split(",").map(Number);
  if (name === "cosine") return cosine(rate, { steps });
  if (name === "linear") return linear(rate, { steps });
  if (name === "step") return stepDecay(rate, { every: numbers[0]! * stepsPerEpoch, factor });
  if (name === "multistep") {
    return multiStep(rate, { milestones: numbers.map((epoch) => epoch * stepsPerEpoch), factor });
  }
  if (name === "multistep-steps") return multiStep(rate, { milestones: numbers, factor });
  return constant(rate);
}
