// The schedules of make_schedule_goldens.py, by the names that optim/ exports.
import * as optim from "../../optim/mod.ts";

// deno-lint-ignore no-explicit-any -- options of different functions, from a golden file
type Maker = (rate: number, options: any) => optim.Schedule;

/** Every exported schedule; `warmUp` is of an exponential one. */
export const scheduleMakers: Readonly<Record<string, Maker>> = {
  constant: (rate) => optim.constant(rate),
  linear: optim.linear,
  cosine: optim.cosine,
  stepDecay: optim.stepDecay,
  multiStep: optim.multiStep,
  exponential: optim.exponential,
  polynomial: optim.polynomial,
  oneCycle: optim.oneCycle,
  cosineWarmRestarts: optim.cosineWarmRestarts,
  warmUp: (rate, { steps, factor }) => optim.warmUp(optim.exponential(rate, { factor }), { steps }),
};
