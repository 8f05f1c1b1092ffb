import { full, type Tensor, where } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  nonNegativeNumber,
  numberIn,
  oneOf,
  optional,
  type OptionRules,
  positiveNumber,
  trueOrFalse,
  wholeIn,
} from "../graph/mod.ts";
import { LAST_STEP, type Schedule, stepNumber } from "./schedules.ts";

/** Options for `oneCycle`, by PyTorch's names. */
export interface OneCycleOptions {
  /** Number of steps of the whole cycle, PyTorch's `total_steps`. */
  readonly steps: number;
  /** Share of the steps in which the rate grows, in (0, 1). Default: 0.3. */
  readonly pctStart?: number;
  /** Whether the rate follows half cosines or straight lines. Default: "cos". */
  readonly annealStrategy?: "cos" | "linear";
  /** The first rate is the largest one over this. Default: 25. */
  readonly divFactor?: number;
  /** The last rate is the first one over this. Default: 1e4. */
  readonly finalDivFactor?: number;
  /** Whether the rate first returns to the first one, in as many steps as it grew. Default: false. */
  readonly threePhase?: boolean;
}

const oneCycleRules: OptionRules<OneCycleOptions> = {
  steps: stepNumber,
  pctStart: optional(numberIn("(0, 1)")),
  annealStrategy: optional(oneOf(["cos", "linear"])),
  divFactor: optional(positiveNumber),
  finalDivFactor: optional(positiveNumber),
  threePhase: optional(trueOrFalse),
};

/** A part of a schedule: from one rate to another, until a step, which may be a fraction. */
interface Phase {
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Grows from maxRate / divFactor to maxRate, and falls far below the first rate [Smith and Topin
 * 2018]: PyTorch's `OneCycleLR`, without its cycle of momentum. After the last step the rate stays
 * where it is.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { full, oneCycle, openBackend } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const schedule = oneCycle(0.5, { steps: 100 });
 * const rate = (step: number) => schedule(full(step, [], "i32")).item({ backend });
 * assertAlmostEquals(await rate(0), 0.02, 1e-6);
 * assertAlmostEquals(await rate(29), 0.5, 1e-6);
 * ```
 */
export function oneCycle(maxRate: number, options: OneCycleOptions): Schedule {
  const action = "make the schedule oneCycle";
  checkOptions(action, options, oneCycleRules);
  checkOption(action, { maxRate }, nonNegativeNumber);
  const { annealStrategy = "cos" } = options;
  const phases = phasesOf(maxRate, options);
  return (step) => {
    const at = step.minimum(options.steps - 1).cast("f32");
    let start = 0;
    const rates = phases.map(({ end, from, to }) => {
      const share = end > start ? at.sub(start).div(end - start) : full(1, []);
      start = end;
      return anneal(annealStrategy, share).mul(from - to).add(to);
    });
    const last = rates.length - 1;
    return rates.slice(0, last).reduceRight(
      (later, rate, i) => where(at.lessEqual(phases[i]!.end), rate, later),
      rates[last]!,
    );
  };
}

function phasesOf(maxRate: number, options: OneCycleOptions): readonly Phase[] {
  const { steps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4, threePhase } = options;
  const first = maxRate / divFactor;
  const final = first / finalDivFactor;
  const growth: Phase = { end: pctStart * steps - 1, from: first, to: maxRate };
  if (!threePhase) return [growth, { end: steps - 1, from: maxRate, to: final }];
  return [
    growth,
    { end: 2 * pctStart * steps - 2, from: maxRate, to: first },
    { end: steps - 1, from: first, to: final },
  ];
}

/** How much is left of a phase of which a share is done: 1 at its start, 0 at its end. */
function anneal(strategy: "cos" | "linear", share: Tensor): Tensor {
  if (strategy === "linear") return share.neg().add(1);
  return share.mul(Math.PI).cos().add(1).mul(0.5);
}

/** Options for `cosineWarmRestarts`. */
export interface WarmRestartsOptions {
  /** Number of steps of the first cycle, PyTorch's `T_0`. */
  readonly steps: number;
  /** Each cycle is longer than the last by this whole factor, PyTorch's `T_mult`. Default: 1. */
  readonly factor?: number;
  /** The rate that each cycle approaches, PyTorch's `eta_min`. Default: 0. */
  readonly final?: number;
}

/**
 * Half a cosine from `rate` towards `final`, again and again [Loshchilov and Hutter 2017]:
 * PyTorch's `CosineAnnealingWarmRestarts`.
 *
 *     final + (rate − final) · (1 + cos(π · steps of this cycle / its length)) / 2
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { cosineWarmRestarts, full, openBackend } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const schedule = cosineWarmRestarts(0.1, { steps: 10, factor: 2 });
 * const rate = (step: number) => schedule(full(step, [], "i32")).item({ backend });
 * assertAlmostEquals(await rate(5), 0.05, 1e-6);
 * assertAlmostEquals(await rate(10), 0.1, 1e-6); // the second cycle has 20 steps
 * assertAlmostEquals(await rate(20), 0.05, 1e-6);
 * ```
 */
export function cosineWarmRestarts(rate: number, options: WarmRestartsOptions): Schedule {
  const action = "make the schedule cosineWarmRestarts";
  checkOptions(action, options, {
    steps: stepNumber,
    factor: optional(wholeIn(1, LAST_STEP)),
    final: optional(nonNegativeNumber),
  });
  checkOption(action, { rate }, nonNegativeNumber);
  const { steps, factor = 1, final = 0 } = options;
  return (step) => {
    const { done, length } = factor === 1
      ? { done: step.mod(steps), length: full(steps, [], "i32") }
      : longerCycles(step, steps, factor);
    const share = done.cast("f32").div(length.cast("f32"));
    return anneal("cos", share).mul(rate - final).add(final);
  };
}

/** The position in the current cycle, and its length. Cycles that no counter reaches are left out. */
function longerCycles(
  step: Tensor,
  steps: number,
  factor: number,
): { readonly done: Tensor; readonly length: Tensor } {
  const whole = (value: number) => full(Math.min(value, LAST_STEP), [], "i32");
  let [start, length] = [whole(0), whole(steps)];
  for (let [first, size] = [steps, steps * factor]; first <= LAST_STEP; size *= factor) {
    const isReached = step.greaterEqual(first);
    start = where(isReached, whole(first), start);
    length = where(isReached, whole(size), length);
    first += size;
  }
  return { done: step.sub(start), length };
}
