/**
 * Random numbers on the host for first values of parameters: the generator of
 * graph/ops/random.ts, so that a stream is the same wherever it is drawn.
 */

// Threefry-2x32 with 20 rounds [Salmon et al. 2011]
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** The first random word (u32) of the block with this counter and key. */
function threefryWord(counter: number, key0: number, key1: number): number {
  const schedule = [key0, key1, key0 ^ key1 ^ PARITY];
  let x0 = (counter + key0) | 0;
  let x1 = key1 | 0;
  for (let round = 0; round < 20; round++) {
    x0 = (x0 + x1) | 0;
    x1 = rotateLeft(x1, rotations[round % 8]!) ^ x0;
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x0 = (x0 + schedule[injection % 3]!) | 0;
    x1 = (x1 + schedule[(injection + 1) % 3]! + injection) | 0;
  }
  return x0 >>> 0;
}

/** A number for a text (32-bit FNV-1a over UTF-16 units): tells streams apart by name. */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** One stream of random numbers: a function of its seed, its name and the index only. */
export class RandomStream {
  readonly #seed: number;
  readonly #stream: number;

  /** The stream called `name` of an integer `seed`. */
  constructor(seed: number, name: string) {
    this.#seed = seed | 0;
    this.#stream = streamOf(name) | 0;
  }

  /** Uniform in [0, 1), multiples of 2⁻²⁴. */
  uniform(index: number): number {
    return (threefryWord(index, this.#seed, this.#stream) >>> 8) * 2 ** -24;
  }

  /** Standard normal, by Box and Muller's transform of the uniforms 2·index and 2·index + 1. */
  normal(index: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform(2 * index))); // 1 − u is never 0
    return radius * Math.cos(2 * Math.PI * this.uniform(2 * index + 1));
  }
}
