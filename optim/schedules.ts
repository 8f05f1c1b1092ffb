import { full, type Tensor, where } from "../autograd/mod.ts";
import { checkOptions, formatFound } from "./_arguments.ts";

/**
 * A learning rate (f32[]) as a function of the number of steps done before (i32[]). It adds
 * nodes, so the rate is computed on the device and nothing is uploaded.
 */
export type Schedule = (step: Tensor) => Tensor;

function checked(name: string, rule: string, holds: boolean, current: unknown): void {
  if (holds) return;
  const found = typeof current === "string" ? current : formatFound(current);
  throw new RangeError(`Cannot make the schedule ${name}: ${rule}: current value is ${found}`);
}

function checkedRate(name: string, which: string, rate: number): void {
  const holds = Number.isFinite(rate) && rate >= 0;
  checked(name, `${which} must be a finite number of at least 0`, holds, rate);
}

/** Always the same rate. */
export function constant(rate: number): Schedule {
  checkedRate("constant", "the rate", rate);
  return () => full(rate, []);
}

/** What `stepDecay` is told. */
export interface StepDecayOptions {
  /** Number of steps between two changes. */
  readonly every: number;
  /** Factor at each change; 0.1 unless told. */
  readonly factor?: number;
}

/** rate · factor^⌊step / every⌋. */
export function stepDecay(rate: number, options: StepDecayOptions): Schedule {
  checkOptions("make the schedule stepDecay", options, { every: "required", factor: "optional" });
  const { every, factor = 0.1 } = options;
  checkedRate("stepDecay", "the rate", rate);
  checked(
    "stepDecay",
    "every must be a positive integer",
    Number.isInteger(every) && every > 0,
    every,
  );
  checked("stepDecay", "the factor must be positive", factor > 0, factor);
  // factor^n as e^(n · ln factor): the exponent is exact where n is 0
  return (step) => step.div(every).cast("f32").mul(Math.log(factor)).exp().mul(rate);
}

/** What `multiStep` is told. */
export interface MultiStepOptions {
  /** The steps at which the rate changes. */
  readonly milestones: readonly number[];
  /** Factor at each change; 0.1 unless told. */
  readonly factor?: number;
}

/** rate · factor^(number of milestones reached). */
export function multiStep(rate: number, options: MultiStepOptions): Schedule {
  const names = { milestones: "required", factor: "optional" } as const;
  checkOptions("make the schedule multiStep", options, names);
  const { milestones, factor = 0.1 } = options;
  checkedRate("multiStep", "the rate", rate);
  checkedRate("multiStep", "the factor", factor);
  const isList = Array.isArray(milestones);
  const whole = isList && milestones.every((step) => Number.isInteger(step) && step >= 0);
  const found = isList ? `[${milestones.join(", ")}]` : milestones;
  checked("multiStep", "milestones must be a list of whole numbers", whole, found);
  return (step) =>
    milestones.toSorted((a, b) => a - b).reduce(
      // the products are taken on the host, so that each rate is the nearest f32
      (current, milestone, i) =>
        where(step.greaterEqual(milestone), full(rate * factor ** (i + 1), []), current),
      full(rate, []),
    );
}

/** What `cosine` and `linear` are told. */
export interface DecayOptions {
  /** Number of steps until the last rate is reached. */
  readonly steps: number;
  /** The last rate; 0 unless told. */
  readonly final?: number;
}

function checkedDecay(name: string, rate: number, options: DecayOptions): Required<DecayOptions> {
  checkOptions(`make the schedule ${name}`, options, { steps: "required", final: "optional" });
  const { steps, final = 0 } = options;
  checkedRate(name, "the rate", rate);
  checkedRate(name, "final", final);
  checked(name, "steps must be a positive integer", Number.isInteger(steps) && steps > 0, steps);
  return { steps, final };
}

/** From rate to final along half a cosine: final + (rate − final) · (1 + cos(π · step / steps)) / 2. */
export function cosine(rate: number, options: DecayOptions): Schedule {
  const { steps, final } = checkedDecay("cosine", rate, options);
  return (step) => {
    const progress = step.minimum(steps).cast("f32").mul(Math.PI / steps);
    return progress.cos().add(1).mul((rate - final) / 2).add(final);
  };
}

/** From rate to final along a straight line. */
export function linear(rate: number, options: DecayOptions): Schedule {
  const { steps, final } = checkedDecay("linear", rate, options);
  return (step) => step.minimum(steps).cast("f32").mul((final - rate) / steps).add(rate);
}

/** What `warmUp` is told. */
export interface WarmUpOptions {
  /** Number of steps with a lower rate. */
  readonly steps: number;
}

/** Multiplies the first rates of a schedule by (step + 1) / steps. */
export function warmUp(schedule: Schedule, options: WarmUpOptions): Schedule {
  checkOptions("make the schedule warmUp", options, { steps: "required" });
  const { steps } = options;
  const isSchedule = typeof schedule === "function";
  checked("warmUp", "it needs a schedule, such as constant(0.1)", isSchedule, schedule);
  checked("warmUp", "steps must be a whole number", Number.isInteger(steps) && steps >= 0, steps);
  if (steps === 0) return schedule;
  return (step) => schedule(step).mul(step.add(1).minimum(steps).cast("f32").mul(1 / steps));
}
