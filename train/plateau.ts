import { Variable } from "../autograd/mod.ts";

/** How a rate is lowered where validations bring no progress: `--schedule plateau:EPOCHS`. */
export interface PlateauOptions {
  /** Number of validations without progress after which it is lowered, and lowered again. */
  readonly epochs: number;
  /** What it is multiplied by. */
  readonly by: number;
}

/** What an arm's rate is multiplied by: a value on the device, as it depends on validations. */
export class Plateau implements Disposable {
  /** f32[]: part of the arm's checkpoints. */
  readonly factor: Variable;
  readonly #options: PlateauOptions;
  #value = 1;

  /** Begins with a factor of 1. */
  constructor(options: PlateauOptions) {
    this.#options = options;
    const one = () => Float32Array.of(1);
    this.factor = new Variable("schedule.factor", { dtype: "f32", shape: [] }, one);
  }

  /** The factor, as the host knows it. */
  get value(): number {
    return this.#value;
  }

  /** Must be called after each validation, with the number of them since the best one. */
  validated(since: number): void {
    if (since === 0 || since % this.#options.epochs !== 0) return;
    this.#value = Math.fround(this.#value * this.#options.by);
    this.factor.assign(Float32Array.of(this.#value));
  }

  /** Must be called when a checkpoint has given the factor its value. */
  async reload(): Promise<void> {
    this.#value = (await this.factor.data())[0]!;
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.factor[Symbol.dispose]();
  }
}
