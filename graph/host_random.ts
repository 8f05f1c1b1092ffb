import { checkOptions, type OptionRules } from "./check_options.ts";
import { optional, seedNumber } from "./check_value.ts";
import { hostWords, threefry } from "./threefry.ts";

/** Identifies a sequence of random numbers, as the attributes and counter of `randomBits` do. */
export interface RandomSequence {
  /** Whole number in [0, 2^32). */
  readonly seed: number;
  /** Selects one of the streams of a seed: see `streamOf`. */
  readonly stream: number;
  /** Whole number in [0, 2^32), such as the step or the epoch. Default: 0. */
  readonly counter?: number;
}

const rules: OptionRules<RandomSequence> = {
  seed: seedNumber,
  stream: seedNumber,
  counter: optional(seedNumber),
};

/**
 * Random numbers on the host, by index: 32 bits each. They are those that `randomBits` draws on a
 * device.
 *
 * @throws {RangeError} if a number is not a whole number in [0, 2^32)
 */
export function hostBits(sequence: RandomSequence): (index: number) => number {
  checkOptions("draw random numbers", sequence, rules);
  const { seed, stream, counter = 0 } = sequence;
  return (index) => threefry(hostWords, [index, counter], [seed, stream])[0];
}

/**
 * Random numbers on the host, by index: uniform in [0, 1), multiples of 2⁻²⁴. They are those that
 * `randomUniform` draws on a device.
 *
 * @throws {RangeError} as `hostBits`
 */
export function hostUniform(sequence: RandomSequence): (index: number) => number {
  const bits = hostBits(sequence);
  return (index) => (bits(index) >>> 8) * 2 ** -24;
}
