import {
  checkOptions,
  elementCount,
  finiteNumber,
  nonNegativeNumber,
  optional,
  type OptionRules,
  positiveNumber,
  type Shape,
  ShapeError,
} from "../graph/mod.ts";
import { filled, type Initializer } from "./initializers.ts";
import { normalCumulative, normalQuantiles } from "./_normal_distribution.ts";

/** Options for `normalInit`. */
export interface NormalOptions {
  /** Mean. Default: 0. */
  readonly mean?: number;
  /** Standard deviation, at least 0. Default: 1. */
  readonly std?: number;
}

const normalRules: OptionRules<NormalOptions> = {
  mean: optional(finiteNumber),
  std: optional(nonNegativeNumber),
};

/**
 * Normally distributed: PyTorch's `nn.init.normal_`.
 *
 * @example
 * ```ts
 * import { Linear, normalInit } from "@gspace/gspace";
 *
 * const layer = new Linear(64, 10, { initializer: normalInit({ std: 0.02 }) });
 * ```
 */
export function normalInit(options: NormalOptions = {}): Initializer {
  checkOptions("make the initializer normalInit", options, normalRules);
  const { mean = 0, std = 1 } = options;
  return (shape, { random }) => filled(shape, (index) => mean + std * random.normal(index));
}

/** Options for `truncatedNormal`. */
export interface TruncatedNormalOptions {
  /** Mean before truncation. Default: 0. */
  readonly mean?: number;
  /** Standard deviation before truncation, above 0. Default: 1. */
  readonly std?: number;
  /** Smallest value. Default: −2. */
  readonly min?: number;
  /** Largest value, above `min`. Default: 2. */
  readonly max?: number;
}

const truncatedRules: OptionRules<TruncatedNormalOptions> = {
  mean: optional(finiteNumber),
  std: optional(positiveNumber),
  min: optional(finiteNumber),
  max: optional(finiteNumber),
};

/**
 * Normally distributed within [min, max], and never outside: PyTorch's `nn.init.trunc_normal_`. Each
 * value is the quantile of a uniform number, so none is drawn twice.
 *
 * @throws {RangeError} if `min` is not below `max`
 *
 * @example
 * ```ts
 * import { Linear, truncatedNormal } from "@gspace/gspace";
 *
 * const initializer = truncatedNormal({ std: 0.02, min: -0.04, max: 0.04 });
 * const layer = new Linear(64, 10, { initializer });
 * ```
 */
export function truncatedNormal(options: TruncatedNormalOptions = {}): Initializer {
  const action = "make the initializer truncatedNormal";
  checkOptions(action, options, truncatedRules);
  const { mean = 0, std = 1, min = -2, max = 2 } = options;
  if (min >= max) {
    throw new RangeError(
      `Cannot ${action}: min must be below max: current values are ${min} and ${max}`,
    );
  }
  return (shape, { random }) => {
    const bounds = Float64Array.of((min - mean) / std, (max - mean) / std);
    const [low = 0, high = 1] = normalCumulative(bounds);
    const shares = Float64Array.from(
      { length: elementCount(shape) },
      (_, index) => low + (high - low) * random.uniform(index),
    );
    const quantiles = normalQuantiles(shares);
    return filled(shape, (i) => Math.min(Math.max(mean + std * quantiles[i]!, min), max));
  };
}

/** Options for `xavierUniform` and `xavierNormal`. */
export interface XavierOptions {
  /** Factor of all values, such as 5 / 3 before tanh. Default: 1. */
  readonly gain?: number;
}

/** Rules for `XavierOptions`. */
export const gainRules: OptionRules<XavierOptions> = { gain: optional(nonNegativeNumber) };

/**
 * Uniform in ±gain · √(6 / (fanIn + fanOut)) [Glorot and Bengio 2010, Eq. 16]: PyTorch's
 * `nn.init.xavier_uniform_`. It needs a weight [outputs, inputs, …]; the size of the other axes
 * counts in both.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, Linear, xavierUniform } from "@gspace/gspace";
 *
 * using layer = initialize(new Linear(4, 2, { initializer: xavierUniform() }), { seed: 1 });
 * assertEquals(layer.weight.hostValue()!.every((value) => Math.abs(value) < 1), true);
 * ```
 */
export function xavierUniform(options: XavierOptions = {}): Initializer {
  checkOptions("make the initializer xavierUniform", options, gainRules);
  return (shape, { random }) => {
    const bound = Math.sqrt(3) * xavierDeviation(shape, options);
    return filled(shape, (index) => (2 * random.uniform(index) - 1) * bound);
  };
}

/**
 * Normal with standard deviation gain · √(2 / (fanIn + fanOut)) [Glorot and Bengio 2010]: PyTorch's
 * `nn.init.xavier_normal_`. It needs a weight [outputs, inputs, …].
 */
export function xavierNormal(options: XavierOptions = {}): Initializer {
  checkOptions("make the initializer xavierNormal", options, gainRules);
  return (shape, { random }) => {
    const deviation = xavierDeviation(shape, options);
    return filled(shape, (index) => random.normal(index) * deviation);
  };
}

function xavierDeviation(shape: Shape, { gain = 1 }: XavierOptions): number {
  mustBeWeight("initialize by Xavier's rule", shape);
  const [outputs, inputs, ...window] = shape as readonly [number, number];
  const fans = (inputs + outputs) * elementCount(window);
  return fans > 0 ? gain * Math.sqrt(2 / fans) : 0;
}

/**
 * Refuses shapes without inputs and outputs, such as those of biases.
 * @throws {ShapeError} if there are fewer than two axes
 */
export function mustBeWeight(action: string, shape: Shape): void {
  if (shape.length >= 2) return;
  throw new ShapeError(
    `Cannot ${action}: the shape must be [outputs, inputs, …]: current is [${shape.join(", ")}]`,
  );
}
