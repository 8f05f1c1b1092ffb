import type { Backend } from "../../mod.ts";
import { Network, type OptimizerName, type Weights } from "./network.ts";

/** What two networks compute after the same number of steps. */
export interface TwinState {
  readonly step: number;
  /** f(x) of both at the points of `grid`. */
  readonly outputs: readonly [Float32Array, Float32Array];
  /** The largest difference between them. */
  readonly difference: number;
}

/** Two networks that start as one function, with different weights. */
export class Twins implements Disposable {
  readonly #networks: readonly [Network, Network];
  #step = 0;

  private constructor(networks: readonly [Network, Network]) {
    this.#networks = networks;
  }

  /** Compiles both. */
  static async create(backend: Backend, optimizer: OptimizerName): Promise<Twins> {
    const create = () => Network.create(backend, optimizer);
    return new Twins([await create(), await create()]);
  }

  /** Sets the weights of both, before the first step. */
  async start(weights: readonly [Weights, Weights]): Promise<TwinState> {
    this.#networks.forEach((network, i) => network.assign(weights[i]!));
    this.#step = 0;
    return await this.#state();
  }

  /** Trains both for some steps. */
  async train(steps: number): Promise<TwinState> {
    for (const network of this.#networks) await network.train(steps);
    this.#step += steps;
    return await this.#state();
  }

  async #state(): Promise<TwinState> {
    const [first, second] = this.#networks;
    const outputs = [await first.outputs(), await second.outputs()] as const;
    return { step: this.#step, outputs, difference: largestDifference(...outputs) };
  }

  /** Frees the memory. */
  [Symbol.dispose](): void {
    for (const network of this.#networks) network[Symbol.dispose]();
  }
}

/** max |a − b|, exactly 0 if all numbers are equal. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
