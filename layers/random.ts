import { type Draw, hostUniform, streamOf, Streams } from "../graph/mod.ts";

/** Streams used so far by each run; a run is represented by an object. */
const drawn = new WeakMap<object, { readonly streams: Streams; count: number }>();

/** Returns the stream of a layer's next draw: a different one for each draw of a run. */
export function nextStream(run: object, name: string): { stream: number; draw: Draw } {
  const own = drawn.get(run) ?? { streams: new Streams(), count: 0 };
  drawn.set(run, own);
  return { stream: own.streams.next(name), draw: { name, order: own.count++ } };
}

/**
 * Random numbers on the host, for initial values of parameters: a function of the seed, the name,
 * and the index only.
 */
export class RandomStream {
  readonly #uniform: (index: number) => number;

  /** `seed`: a whole number in [0, 2^32). */
  constructor(seed: number, name: string) {
    this.#uniform = hostUniform({ seed, stream: streamOf(name) });
  }

  /** Uniform in [0, 1), a multiple of 2⁻²⁴. */
  uniform(index: number): number {
    return this.#uniform(index);
  }

  /** Standard normal: Box–Muller transform of the uniforms 2·index and 2·index + 1. */
  normal(index: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform(2 * index))); // 1 − u is never 0
    return radius * Math.cos(2 * Math.PI * this.uniform(2 * index + 1));
  }
}
