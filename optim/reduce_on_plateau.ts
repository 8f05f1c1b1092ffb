import { type Tensor, Variable } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  literalOf,
  nonNegativeNumber,
  nonNegativeWhole,
  numberIn,
  oneOf,
  optional,
  type OptionRules,
} from "../graph/mod.ts";
import type { Schedule } from "./schedules.ts";

/** Options for `ReduceLROnPlateau`, by PyTorch's names. */
export interface ReduceLROnPlateauOptions {
  /** Whether the metric should be small ("min"), such as a loss, or large. Default: "min". */
  readonly mode?: "min" | "max";
  /** Factor of the rate at each reduction, in [0, 1). Default: 0.1. */
  readonly factor?: number;
  /** Number of metrics in a row that may be no better before the rate is reduced. Default: 10. */
  readonly patience?: number;
  /** By how much a metric must be better than the best one to count. Default: 1e-4. */
  readonly threshold?: number;
  /** Whether the threshold is a share of the best metric, or a difference. Default: "rel". */
  readonly thresholdMode?: "rel" | "abs";
  /** Number of metrics after a reduction that are not counted as no better. Default: 0. */
  readonly cooldown?: number;
  /** Smallest rate. Default: 0. */
  readonly minRate?: number;
  /** Reductions by no more than this are left out. Default: 1e-8. */
  readonly eps?: number;
}

const rules: OptionRules<ReduceLROnPlateauOptions> = {
  mode: optional(oneOf(["min", "max"])),
  factor: optional(numberIn("[0, 1)")),
  patience: optional(nonNegativeWhole),
  threshold: optional(nonNegativeNumber),
  thresholdMode: optional(oneOf(["rel", "abs"])),
  cooldown: optional(nonNegativeWhole),
  minRate: optional(nonNegativeNumber),
  eps: optional(nonNegativeNumber),
};

/**
 * A learning rate that a program reduces when a metric stops improving: PyTorch's
 * `ReduceLROnPlateau`. Give `schedule` to the optimizer, and the metric to `step` after each epoch.
 * The rate is on the device, because compiled steps use it.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { full, openBackend, ReduceLROnPlateau } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * using plateau = new ReduceLROnPlateau(0.1, { factor: 0.5, patience: 1 });
 * // const optimizer = new Optimizer(parameters, sgd({ learningRate: plateau.schedule }));
 * for (const loss of [3, 2, 2, 2]) plateau.step(loss);
 * assertAlmostEquals(plateau.rate, 0.05, 1e-8);
 * const value = plateau.schedule(full(0, [], "i32"));
 * assertAlmostEquals(await value.item({ backend }), 0.05, 1e-8);
 * ```
 */
export class ReduceLROnPlateau implements Disposable {
  /** f32 [4]: the rate, the best metric, and two counts. Save it in checkpoints. */
  readonly state: Variable;
  readonly #options: Required<ReduceLROnPlateauOptions>;
  #rate: number;
  #best: number;
  #bad = 0;
  #cooldown = 0;

  /**
   * Starts with the given rate.
   * @throws {RangeError} if the rate or an option is out of range
   */
  constructor(rate: number, options: ReduceLROnPlateauOptions = {}) {
    const action = "make a ReduceLROnPlateau";
    checkOption(action, { rate }, nonNegativeNumber);
    checkOptions(action, options, rules);
    const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4 } = options;
    const { thresholdMode = "rel", cooldown = 0, minRate = 0, eps = 1e-8 } = options;
    this.#options = { mode, factor, patience, threshold, thresholdMode, cooldown, minRate, eps };
    this.#rate = Math.fround(rate);
    this.#best = mode === "min" ? Infinity : -Infinity;
    this.state = new Variable(
      "schedule.plateau",
      { dtype: "f32", shape: [4] },
      () => this.values,
    );
  }

  /** The current rate. */
  get rate(): number {
    return this.#rate;
  }

  /** The values of `state`. */
  get values(): Float32Array {
    return Float32Array.of(this.#rate, this.#best, this.#bad, this.#cooldown);
  }

  /** The rate as the learning rate of an optimizer: f32[]. */
  get schedule(): Schedule {
    return (): Tensor => this.state.slice([0], [1]).reshape([]);
  }

  /**
   * Compares a metric with the best one so far, and reduces the rate if it is time. NaN is never
   * better.
   */
  step(metric: number): void {
    checkOption("reduce a learning rate", { metric }, literalOf("f32"));
    const value = Math.fround(metric); // as the state holds it, so that resuming changes nothing
    const { patience, cooldown } = this.#options;
    if (this.#isBetter(value)) [this.#best, this.#bad] = [value, 0];
    else this.#bad++;
    if (this.#cooldown > 0) [this.#cooldown, this.#bad] = [this.#cooldown - 1, 0];
    if (this.#bad > patience) {
      this.#reduce();
      [this.#cooldown, this.#bad] = [cooldown, 0];
    }
    this.state.assign(this.values);
  }

  /** Call this after `state` has been restored from a checkpoint. */
  async reload(): Promise<void> {
    const [rate, best, bad, cooldown] = await this.state.data();
    [this.#rate, this.#best, this.#bad, this.#cooldown] = [rate!, best!, bad!, cooldown!];
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.state[Symbol.dispose]();
  }

  #isBetter(value: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === "min" ? -1 : 1;
    const limit = thresholdMode === "rel"
      ? this.#best * (1 + sign * threshold)
      : this.#best + sign * threshold;
    return mode === "min" ? value < limit : value > limit;
  }

  #reduce(): void {
    const { factor, minRate, eps } = this.#options;
    const next = Math.max(this.#rate * factor, minRate);
    if (this.#rate - next > eps) this.#rate = Math.fround(next);
  }
}
