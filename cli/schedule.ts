import {
  constant,
  cosine,
  linear,
  multiStep,
  type Schedule,
  stepDecay,
  warmUp,
} from "../optim/mod.ts";
import type { Config } from "./config.ts";

/** How long a run is. */
export interface RunLength {
  readonly stepsPerEpoch: number;
  /** Number of steps of the whole run. */
  readonly steps: number;
}

/** The learning rate of a run, as a function of the step. */
export function scheduleOf(rate: number, config: Config, length: RunLength): Schedule {
  return warmUp(decayOf(rate, config, length), { steps: config.warmup });
}

/** Does a rate depend on how long the whole run is? */
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
