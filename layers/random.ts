/**
 * Random numbers on the host for first values of parameters: the generator of
 * graph/ops/random.ts, so that a stream is the same wherever it is drawn.
 */
import {
  checkOption,
  type Draw,
  hostWords,
  seedNumber,
  streamOf,
  Streams,
  threefry,
} from "../graph/mod.ts";

/** Streams that were drawn from, by the object that stands for one run. */
const drawn = new WeakMap<object, { readonly streams: Streams; count: number }>();

/** The stream of a layer's next draw in one run, which no other draw of the run has. */
export function nextStream(run: object, name: string): { stream: number; draw: Draw } {
  const own = drawn.get(run) ?? { streams: new Streams(), count: 0 };
  drawn.set(run, own);
  return { stream: own.streams.next(name), draw: { name, order: own.count++ } };
}

/** One stream of random numbers: a function of its seed, its name and the index only. */
export class RandomStream {
  readonly #key: readonly [number, number];

  /** The stream called `name` of a `seed`, a whole number in [0, 2^32). */
  constructor(seed: number, name: string) {
    checkOption("draw random numbers", { seed }, seedNumber);
    this.#key = [seed, streamOf(name)];
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
