/**
 * The random number generator Philox 4×32 with 10 rounds.
 *
 * Each word is a function of a key and a counter, in 32-bit integer arithmetic. So the words are the
 * same on every machine, and do not depend on other draws.
 * [Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", sec. 4.3]
 * @module
 */

import { checkOption, nonNegativeWhole, type ValueRule } from "../graph/mod.ts";

/** A seed of 53 bits: two words of the key. */
export const datasetSeed: ValueRule = nonNegativeWhole;

/** Four 32-bit words. */
export type Block = readonly [number, number, number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9; // golden ratio
const WEYL_1 = 0xbb67ae85; // √3 − 1

/** The block of four random words of a counter under a key. */
export function philox(counter: Block, key: readonly [number, number]): Block {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Upper 32 bits of the 64-bit product, from 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16); // < 2^32
  const carry = aLow * bHigh + (middle & 0xffff); // < 2^32
  return (aHigh * bHigh + (middle >>> 16) + Math.floor(carry / 65536)) >>> 0;
}

/** Identifies a sequence of random words. */
export interface RandomStream {
  /** Whole number in [0, 2^53). */
  readonly seed: number;
  /** Number of the purpose, so that different uses of one seed do not share words. */
  readonly purpose: number;
  /** Whole number in [0, 2^32), such as the epoch. */
  readonly index: number;
}

/**
 * The first `count` words of a stream. Word `i` is lane `i mod 4` of the block with the counter
 * `(⌊i/4⌋, index, purpose, 0)` under the key `(seed mod 2^32, ⌊seed/2^32⌋)`.
 *
 * @throws {RangeError} if the seed is not a whole number in [0, 2^53)
 */
export function randomWords(stream: RandomStream, count: number): Uint32Array {
  const { seed, purpose, index } = stream;
  checkOption("draw random numbers", { seed }, datasetSeed);
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32)] as const;
  const words = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let block = 0; block * 4 < count; block++) {
    words.set(philox([block, index, purpose, 0], key), block * 4);
  }
  return words.subarray(0, count);
}

/** The purposes of random words in this room. */
export const purposes = {
  shuffle: 1,
  syntheticPrototypes: 2,
  syntheticSamples: 3,
  validation: 4,
} as const;
