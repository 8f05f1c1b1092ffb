import type { LayersMetric, MetricPlace } from "../../metrics/mod.ts";
import { LayerStatistics } from "./layer_statistics.ts";
import type { Arm } from "./arms.ts";
import type { Job } from "./job.ts";

/** Measures the layers of one arm. The measurement is compiled when it is first needed. */
export class ArmLayers implements Disposable {
  readonly #job: Pick<Job, "backend">;
  readonly #arm: Pick<Arm, "runner">;
  #statistics: LayerStatistics | undefined;

  /** Compiles nothing yet. */
  constructor(job: Pick<Job, "backend">, arm: Pick<Arm, "runner">) {
    this.#job = job;
    this.#arm = arm;
  }

  /**
   * Measures the current weights and their gradients, in the current epoch. The device memory of a
   * large measurement is freed afterwards.
   */
  async measure(): Promise<Omit<LayersMetric, keyof MetricPlace | "kind">> {
    this.#statistics ??= await LayerStatistics.create(this.#arm.runner, this.#job.backend);
    const { isLarge } = this.#statistics;
    const { samples, parameters } = await this.#statistics.measure();
    if (isLarge) this[Symbol.dispose]();
    return {
      samples,
      weightNorm: Math.hypot(...parameters.map(({ weightNorm }) => weightNorm)),
      gradientNorm: Math.hypot(...parameters.map(({ gradientNorm }) => gradientNorm)),
      parameters,
    };
  }

  /** Frees the device memory. The measurement is compiled again when it is needed. */
  [Symbol.dispose](): void {
    this.#statistics?.[Symbol.dispose]();
    this.#statistics = undefined;
  }
}
