/**
 * Synthetic datasets of any size, generated from a seed, for tests, benchmarks, and environments
 * without file access.
 * @module
 */
import {
  checkOptions,
  hostBits,
  listOf,
  nonNegativeNumber,
  optional,
  type OptionRules,
  seedNumber,
  streamOf,
  wholeIn,
} from "../graph/mod.ts";
import type { Dataset, Split } from "./dataset.ts";

/** Sizes and difficulty of a synthetic dataset. */
export interface SyntheticOptions {
  /** Whole number in [0, 2^32). Default: 0. */
  readonly seed?: number;
  /** Number of classes. Default: 10. */
  readonly classes?: number;
  /** Shape of one sample. Default: `[16]`. */
  readonly sampleShape?: readonly number[];
  /** Number of training samples. Default: 2,000. */
  readonly trainCount?: number;
  /** Number of test samples. Default: 500. */
  readonly testCount?: number;
  /** Standard deviation of the noise around prototypes of ±1. Default: 0.5. */
  readonly noise?: number;
}

/** Sample indices are i32. */
const MOST = 2 ** 31 - 1;

const optionRules: OptionRules<SyntheticOptions> = {
  seed: optional(seedNumber),
  classes: optional(wholeIn(1, MOST)),
  sampleShape: optional(listOf(wholeIn(1, MOST))),
  trainCount: optional(wholeIn(1, MOST)),
  testCount: optional(wholeIn(0, MOST)),
  noise: optional(nonNegativeNumber),
};

/** Prototypes per class: more than one, so that the class mean alone does not describe it. */
const CLOUDS = 2;

/**
 * Generates a dataset. Each class has two prototypes with entries ±1, and a sample is one of the
 * prototypes of its class plus noise. Sample `i` has label `i mod classes`.
 *
 * The noise is a scaled sum of four uniform numbers. It is close to normal and, unlike `Math.log` and
 * `Math.cos`, bit-for-bit identical on every platform.
 *
 * @throws {RangeError} if a size is not a whole number in range
 */
export function makeSynthetic(options: SyntheticOptions = {}): Dataset {
  checkOptions("make a synthetic dataset", options, optionRules);
  const {
    seed = 0,
    classes = 10,
    sampleShape = [16],
    trainCount = 2000,
    testCount = 500,
    noise = 0.5,
  } = options;
  const size = sampleShape.reduce((product, n) => product * n, 1);
  const bits = hostBits({ seed, stream: streamOf("synthetic.prototypes") });
  const prototypes = Float32Array.from(
    { length: classes * CLOUDS * size },
    (_, i) => bits(i) >>> 31 === 0 ? 1 : -1,
  );
  const recipe = { seed, classes, size, noise, prototypes };
  return {
    name: "synthetic",
    classes,
    classNames: [],
    sampleShape,
    train: makeSplit(recipe, trainCount, 0),
    test: makeSplit(recipe, testCount, 1),
    normalization: { scale: 1, mean: [0], std: [1] },
    source: `made by Gspace from seed ${seed}`,
  };
}

interface Recipe {
  readonly seed: number;
  readonly classes: number;
  readonly size: number;
  readonly noise: number;
  readonly prototypes: Float32Array;
}

function makeSplit(recipe: Recipe, count: number, part: number): Split {
  const { seed, classes, size, noise, prototypes } = recipe;
  const bits = hostBits({ seed, stream: streamOf("synthetic.samples"), counter: part });
  let drawn = 0;
  const x = new Float32Array(count * size);
  const y = Int32Array.from({ length: count }, (_, index) => index % classes);
  for (let sample = 0; sample < count; sample++) {
    const cloud = bits(drawn++) >>> 31;
    const prototype = ((sample % classes) * CLOUDS + cloud) * size;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let draw = 0; draw < 4; draw++) sum += bits(drawn++);
      // Four uniforms on [0, 1) have mean 2 and variance 1/3.
      const normal = (sum / 2 ** 32 - 2) * Math.sqrt(3);
      x[sample * size + i] = (prototypes[prototype + i] ?? 0) + noise * normal;
    }
  }
  return { x, y, count };
}
