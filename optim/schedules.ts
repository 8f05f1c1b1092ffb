import {
  checkOption,
  checkOptions,
  formatFound,
  listOf,
  nonNegativeNumber,
  optional,
  type OptionRules,
  positiveNumber,
  type ValueRule,
  wholeIn,
} from "../graph/mod.ts";
import { full, type Tensor, where } from "../autograd/mod.ts";

/**
 * A learning rate (f32[]) as a function of the number of steps done before (i32[]). It adds
 * nodes, so the rate is computed on the device and nothing is uploaded.
 */
export type Schedule = (step: Tensor) => Tensor;

/** The last step that the counter, an i32, can hold. */
export const LAST_STEP = 2 ** 31 - 1;
/** The rule for a number of steps. */
export const stepNumber: ValueRule = wholeIn(1, LAST_STEP);

/** A constant rate. */
export function constant(rate: number): Schedule {
  checkOption("make the schedule constant", { rate }, nonNegativeNumber);
  return () => full(rate, []);
}

/** Options for `stepDecay`. */
export interface StepDecayOptions {
  /** Number of steps between two changes. */
  readonly every: number;
  /** Factor at each change. Default: 0.1. */
  readonly factor?: number;
}

/** rate · factor^⌊step / every⌋. */
export function stepDecay(rate: number, options: StepDecayOptions): Schedule {
  const action = "make the schedule stepDecay";
  checkOptions(action, options, { every: stepNumber, factor: optional(positiveNumber) });
  const { every, factor = 0.1 } = options;
  checkOption(action, { rate }, nonNegativeNumber);
  // factor^n as e^(n · ln factor): the exponent is exact where n is 0
  return (step) => step.div(every).cast("f32").mul(Math.log(factor)).exp().mul(rate);
}

/** Options for `exponential`. */
export interface ExponentialOptions {
  /** Factor at each step, PyTorch's `gamma`. */
  readonly factor: number;
}

/**
 * rate · factor^step: PyTorch's `ExponentialLR`.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { exponential, full, openBackend } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const rate = exponential(0.1, { factor: 0.5 })(full(3, [], "i32"));
 * assertAlmostEquals(await rate.item({ backend }), 0.0125, 1e-8);
 * ```
 */
export function exponential(rate: number, options: ExponentialOptions): Schedule {
  const action = "make the schedule exponential";
  checkOptions(action, options, { factor: positiveNumber });
  checkOption(action, { rate }, nonNegativeNumber);
  return stepDecay(rate, { every: 1, factor: options.factor });
}

/** Options for `multiStep`. */
export interface MultiStepOptions {
  /** The steps at which the rate changes. */
  readonly milestones: readonly number[];
  /** Factor at each change. Default: 0.1. */
  readonly factor?: number;
}

/** rate · factor^(number of milestones reached). */
export function multiStep(rate: number, options: MultiStepOptions): Schedule {
  const action = "make the schedule multiStep";
  checkOptions(action, options, {
    milestones: listOf(wholeIn(0, LAST_STEP)),
    factor: optional(nonNegativeNumber),
  });
  const { factor = 0.1 } = options;
  const milestones = options.milestones.toSorted((a, b) => a - b);
  checkOption(action, { rate }, nonNegativeNumber);
  return (step) =>
    milestones.reduce(
      // the products are taken on the host, so that each rate is the nearest f32
      (current, milestone, i) =>
        where(step.greaterEqual(milestone), full(rate * factor ** (i + 1), []), current),
      full(rate, []),
    );
}

/** Options for `cosine` and `linear`. */
export interface DecayOptions {
  /** Number of steps until the last rate is reached. */
  readonly steps: number;
  /** The last rate. Default: 0. */
  readonly final?: number;
}

const decayRules: OptionRules<DecayOptions> = {
  steps: stepNumber,
  final: optional(nonNegativeNumber),
};

/** final + (rate − final) · share, and exactly rate before the first step and final at the end. */
function decay(
  name: string,
  rate: number,
  options: DecayOptions,
  share: (step: Tensor, steps: number) => Tensor,
): Schedule {
  const action = `make the schedule ${name}`;
  checkOptions(action, options, decayRules);
  const { steps, final = 0 } = options;
  checkOption(action, { rate }, nonNegativeNumber);
  return (step) => {
    const between = share(step, steps).mul(rate - final).add(final);
    const fromStart = where(step.greater(0), between, full(rate, []));
    return where(step.less(steps), fromStart, full(final, []));
  };
}

/**
 * From rate to final along half a cosine: final + (rate − final) · (1 + cos(π · step / steps)) / 2.
 * Before the first step it is exactly `rate`, and from step number `steps` on exactly `final`.
 */
export function cosine(rate: number, options: DecayOptions): Schedule {
  return decay(
    "cosine",
    rate,
    options,
    (step, steps) => step.cast("f32").mul(Math.PI / steps).cos().add(1).mul(0.5),
  );
}

/**
 * From rate to final along a straight line. Before the first step it is exactly `rate`, and from
 * step number `steps` on exactly `final`.
 */
export function linear(rate: number, options: DecayOptions): Schedule {
  return decay(
    "linear",
    rate,
    options,
    (step, steps) => step.neg().add(steps).cast("f32").div(steps),
  );
}

/** Options for `polynomial`. */
export interface PolynomialOptions extends DecayOptions {
  /** The exponent, at least 0. Default: 1, which is `linear`. */
  readonly power?: number;
}

/**
 * final + (rate − final) · (1 − step / steps)^power: PyTorch's `PolynomialLR`. Before the first step
 * it is exactly `rate`, and from step number `steps` on exactly `final`.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { full, openBackend, polynomial } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const rate = polynomial(0.4, { steps: 10, power: 2 })(full(5, [], "i32"));
 * assertAlmostEquals(await rate.item({ backend }), 0.1, 1e-6);
 * ```
 */
export function polynomial(rate: number, options: PolynomialOptions): Schedule {
  const action = "make the schedule polynomial";
  checkOptions(action, options, { ...decayRules, power: optional(nonNegativeNumber) });
  const { power = 1, ...others } = options;
  return decay(
    "polynomial",
    rate,
    others,
    // never below 0, where a power may be no number
    (step, steps) => step.neg().add(steps).maximum(0).cast("f32").div(steps).pow(power),
  );
}

/** Options for `warmUp`. */
export interface WarmUpOptions {
  /** Number of steps with a lower rate. */
  readonly steps: number;
}

/** Multiplies the first rates of a schedule by (step + 1) / steps. */
export function warmUp(schedule: Schedule, options: WarmUpOptions): Schedule {
  const action = "make the schedule warmUp";
  checkOptions(action, options, { steps: wholeIn(0, LAST_STEP) });
  const { steps } = options;
  if (typeof schedule !== "function") {
    throw new TypeError(
      `Cannot ${action}: it needs a schedule, such as constant(0.1): current is ` +
        formatFound(schedule),
    );
  }
  if (steps === 0) return schedule;
  return (step) => schedule(step).mul(step.add(1).minimum(steps).cast("f32").div(steps));
}
