/**
 * Random numbers on the host, for initial values of parameters. The generator is that of
 * graph/ops/random.ts, so a stream is the same on the host and on devices.
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

/** Streams used so far by each run; a run is represented by an object. */
const drawn = new WeakMap<object, { readonly streams: Streams; count: number }>();

/** Returns the stream of a layer's next draw: a different one for each draw of a run. */
export function nextStream(run: object, name: string): { stream: number; draw: Draw } {
  const own = drawn.get(run) ?? { streams: new Streams(), count: 0 };
  drawn.set(run, own);
  return { stream: own.streams.next(name), draw: { name, order: own.count++ } };
}

/** A stream of random numbers: a function of the seed, the name, and the index only. */
export class RandomStream {
  readonly #key: readonly [number, number];

  /** `seed`: a whole number in [0, 2^32). */
  constructor(seed: number, name: string) {
    checkOption("draw random numbers", { seed }, seedNumber);
    this.#key = [seed, streamOf(name)];
  }

  /** Uniform in [0, 1), a multiple of 2⁻²⁴. */
  uniform(index: number): number {
    return (threefry(hostWords, [index, 0], this.#key)[0] >>> 8) * 2 ** -24;
  }

  /** Standard normal: Box–Muller transform of the uniforms 2·index and 2·index + 1. */
  normal(index: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform(2 * index))); // 1 − u is never 0
    return radius * Math.cos(2 * Math.PI * this.uniform(2 * index + 1));
  }
}
