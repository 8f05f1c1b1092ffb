/**
 * Random numbers on the host for first values of parameters: the generator of
 * graph/ops/random.ts, so that a stream is the same wherever it is drawn.
 */
import { hostWords, threefry } from "../graph/mod.ts";

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
  readonly #key: readonly [number, number];

  /** The stream called `name` of an integer `seed`. */
  constructor(seed: number, name: string) {
    this.#key = [seed >>> 0, streamOf(name)];
  }

  /** Uniform in [0, 1), multiples of 2⁻²⁴. */
  uniform(index: number): number {
    return (threefry(hostWords, [index, 0], this.#key)[0] >>> 8) * 2 ** -24;
  }

  /** Standard normal, by Box and Muller's transform of the uniforms 2·index and 2·index + 1. */
  normal(index: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform(2 * index))); // 1 − u is never 0
    return radius * Math.cos(2 * Math.PI * this.uniform(2 * index + 1));
  }
}
