import { Variable } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  nonNegativeWhole,
  type OptionRules,
  positiveNumber,
  positiveWhole,
} from "../graph/mod.ts";

/** Options for `Plateau`. */
export interface PlateauOptions {
  /** Number of validations without improvement after which the rate is reduced, each time. */
  readonly epochs: number;
  /** Factor by which the rate is reduced. */
  readonly by: number;
}

const plateauRules: OptionRules<PlateauOptions> = { epochs: positiveWhole, by: positiveNumber };

/**
 * Reduces a learning rate when validations stop improving: `learningRate: () =>
 * plateau.factor.mul(0.1)`. The factor is on the device, because compiled steps use it.
 */
export class Plateau implements Disposable {
  /** f32[]: save it in checkpoints. */
  readonly factor: Variable;
  readonly #options: PlateauOptions;
  #value = 1;

  /**
   * Starts with a factor of 1.
   * @throws {RangeError} if an option is out of range
   */
  constructor(options: PlateauOptions) {
    checkOptions("make a Plateau", options, plateauRules);
    this.#options = { ...options };
    const one = () => Float32Array.of(1);
    this.factor = new Variable("schedule.factor", { dtype: "f32", shape: [] }, one);
  }

  /** The current factor. */
  get value(): number {
    return this.#value;
  }

  /** Call this after each validation, with the number of validations since the best one. */
  validated(since: number): void {
    checkOption("reduce a learning rate", { since }, nonNegativeWhole);
    if (since === 0 || since % this.#options.epochs !== 0) return;
    this.#value = Math.fround(this.#value * this.#options.by);
    this.factor.assign(Float32Array.of(this.#value));
  }

  /** Call this after `factor` has been restored from a checkpoint. */
  async reload(): Promise<void> {
    this.#value = (await this.factor.data())[0]!;
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.factor[Symbol.dispose]();
  }
}
