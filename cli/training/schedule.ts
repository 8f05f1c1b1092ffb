import {
  constant,
  cosine,
  linear,
  multiStep,
  type Schedule,
  stepDecay,
  warmUp,
} from "../../optim/mod.ts";
import type { Config } from "../settings/config.ts";
import { Plateau } from "../../train/mod.ts";

/** Length of a run. */
export interface RunLength {
  readonly stepsPerEpoch: number;
  /** Number of steps of the whole run. */
  readonly steps: number;
}

/** The plateau of the schedule, if it has one. */
export function plateauOf({ schedule, lrFactor: by }: Config): Plateau | undefined {
  const [name, epochs] = schedule.split(":");
  return name === "plateau" ? new Plateau({ epochs: Number(epochs), by }) : undefined;
}

/** The learning rate of an arm, as a function of the step. */
export function scheduleOf(
  rate: number,
  config: Config,
  { plateau, ...length }: RunLength & { readonly plateau: Plateau | undefined },
): Schedule {
  const decay: Schedule = plateau ? () => plateau.factor.mul(rate) : decayOf(rate, config, length);
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
