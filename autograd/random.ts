/**
 * Random tensors. The numbers are a function of the seed, the step, the name, and the position in
 * the tensor: the same arguments give the same numbers on every backend, up to rounding.
 *
 * Within a compiled step, draws with the same arguments get different numbers: the first one as
 * described, the others as if their names were numbered.
 *
 * @module
 */
import * as op from "../graph/mod.ts";
import type { Draw, Node, RandomAttrs, Shape } from "../graph/mod.ts";
import { streamOf } from "../graph/streams.ts";
import { axisOf } from "./_arguments.ts";
import { sort } from "./_sorting.ts";
import { Tensor } from "./tensor.ts";

/** What random numbers are a function of. */
export interface RandomOptions {
  /** A whole number in [0, 2^32). */
  readonly seed: number;
  /**
   * The number of the step, i32[] or a whole number: makes the numbers of a compiled step differ
   * from run to run. Usually the optimizer's `step`. Default: 0.
   */
  readonly step?: Tensor | number;
  /** Separates draws with the same seed and step. Default: the name of the function. */
  readonly name?: string;
}

/** Options for `normal`. */
export interface NormalOptions extends RandomOptions {
  /** Mean. Default: 0. */
  readonly mean?: number;
  /** Standard deviation. Default: 1. */
  readonly std?: number;
}

/** Options for `uniform`. */
export interface UniformOptions extends RandomOptions {
  /** Lower bound. Default: 0. */
  readonly low?: number;
  /** Upper bound. Default: 1. */
  readonly high?: number;
}

/** Options for `categorical`. */
export interface CategoricalOptions extends RandomOptions {
  /** The axis of the classes. Default: the last one. */
  readonly axis?: number;
}

const keyRules: op.OptionRules<RandomOptions> = {
  seed: op.seedNumber,
  step: op.optional(op.either(op.literalOf("i32"), {
    text: "an i32[] tensor",
    holds: (value) => value instanceof Tensor,
  })),
  name: op.optional(op.nonEmptyText),
};
const normalRules: op.OptionRules<NormalOptions> = {
  ...keyRules,
  mean: op.optional(op.finiteNumber),
  std: op.optional(op.nonNegativeNumber),
};
const uniformRules: op.OptionRules<UniformOptions> = {
  ...keyRules,
  low: op.optional(op.finiteNumber),
  high: op.optional(op.finiteNumber),
};
const categoricalRules: op.OptionRules<CategoricalOptions> = {
  ...keyRules,
  axis: op.optional(op.wholeIn(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
};

interface Key {
  readonly counter: Node;
  readonly attrs: RandomAttrs;
  readonly draw: Draw;
}

function keyOf(shape: Shape, fallback: string, { seed, step = 0, name }: RandomOptions): Key {
  const called = name ?? fallback;
  return {
    counter: typeof step === "number" ? op.fixedCounter(step) : step.node,
    attrs: { shape, seed, stream: streamOf(called) },
    draw: { name: called, order: 0 },
  };
}

function uniformBits(shape: Shape, fallback: string, options: RandomOptions): Node {
  const { counter, attrs, draw } = keyOf(shape, fallback, options);
  return op.DRAW.set(op.randomBits(counter, attrs), draw);
}

function unit(shape: Shape, fallback: string, options: RandomOptions): Tensor<"f32"> {
  const { counter, attrs, draw } = keyOf(shape, fallback, options);
  return new Tensor(op.randomUniform(counter, attrs, draw));
}

/**
 * f32: normally distributed numbers.
 *
 * @example Noise in a step
 * ```ts
 * import { assertNotEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * using backend = await gs.openBackend("cpu");
 * using step = await gs.compile({ count: gs.i32([]) }, ({ count }) => ({
 *   outputs: { noise: gs.random.normal([3], { seed: 1, step: count }) },
 * }), { backend });
 * step.run({ count: Int32Array.of(0) });
 * const first = (await step.read()).noise;
 * step.run({ count: Int32Array.of(1) });
 * assertNotEquals((await step.read()).noise, first);
 * ```
 */
export function normal(shape: Shape, options: NormalOptions): Tensor<"f32"> {
  op.checkOptions("draw normal numbers", options, normalRules);
  const { mean = 0, std = 1 } = options;
  const { counter, attrs, draw } = keyOf(shape, "normal", options);
  const standard: Tensor<"f32"> = new Tensor(op.randomNormal(counter, attrs, draw));
  const scaled = std === 1 ? standard : standard.mul(std);
  return mean === 0 ? scaled : scaled.add(mean);
}

/** f32: uniform in [low, high); with a bound other than 0 and 1, rounding may reach `high`. */
export function uniform(shape: Shape, options: UniformOptions): Tensor<"f32"> {
  op.checkOptions("draw uniform numbers", options, uniformRules);
  const { low = 0, high = 1 } = options;
  const standard = unit(shape, "uniform", options);
  const scaled = high - low === 1 ? standard : standard.mul(high - low);
  return low === 0 ? scaled : scaled.add(low);
}

/** bool, with the shape of `probabilities`: true with these probabilities. */
export function bernoulli(probabilities: Tensor, options: RandomOptions): Tensor<"bool"> {
  op.checkOptions("draw booleans", options, keyRules);
  return unit(probabilities.shape, "bernoulli", options).less(probabilities);
}

/**
 * i32: whole numbers in [low, high), all equally likely up to a bias of (high − low) / 2³².
 * @throws {RangeError} if `high` is not above `low`
 */
export function randint(
  low: number,
  high: number,
  shape: Shape,
  options: RandomOptions,
): Tensor<"i32"> {
  const action = "draw whole numbers";
  op.checkOptions(action, options, keyRules);
  op.checkOption(action, { low }, op.literalOf("i32"));
  op.checkOption(action, { high }, op.wholeIn(low + 1, 2 ** 31));
  const bits = uniformBits(shape, "randint", options);
  const range = op.fullLike(bits, Math.min(high - low, 2 ** 32 - 1));
  const offset = op.cast(op.mod(bits, range), "i32");
  return new Tensor(op.add(offset, op.fullLike(offset, low)));
}

/**
 * i32: a class for each row of logits, with the probabilities softmax(logits), by the Gumbel-max
 * method.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | [n…, classes] |
 * | returns | i32 | [n…] |
 */
export function categorical(logits: Tensor, options: CategoricalOptions): Tensor<"i32"> {
  op.checkOptions("draw classes", options, categoricalRules);
  const axis = axisOf(options.axis ?? -1, logits.rank);
  // 2⁻²⁵ in place of 0, whose logarithm is −∞
  const u = unit(logits.shape, "categorical", options).maximum(2 ** -25);
  return logits.sub(u.log().neg().log()).argmax(axis);
}

/** i32 [count]: the numbers 0, …, count − 1 in random order. Takes count² comparisons. */
export function permutation(count: number, options: RandomOptions): Tensor<"i32"> {
  op.checkOptions("draw a permutation", options, keyRules);
  op.checkOption("draw a permutation", { count }, op.nonNegativeWhole);
  const bits = uniformBits([count], "permutation", options);
  return new Tensor(sort(bits, { axis: 0, descending: false }).indices);
}
