import { Variable } from "../autograd/mod.ts";
import { type BatchOptions, planBatches } from "../datasets/mod.ts";
import { type BatchLayout, layoutOf, stepsPerEpoch } from "./batch_layout.ts";
import { Mixup } from "./mixup.ts";

/** The batches of each epoch on the device: the order of the samples, and what mixup draws. */
export class EpochBatches implements Disposable {
  readonly layout: BatchLayout;
  /** Number of steps in an epoch. */
  readonly stepsPerEpoch: number;
  /** i32: the samples in the order of the current epoch. */
  readonly order: Variable;
  readonly mixup: Mixup | undefined;
  readonly #options: Omit<BatchOptions, "epoch">;

  /** Starts with epoch 0. `alpha` is that of mixup, if samples are mixed. */
  constructor(
    options: Omit<BatchOptions, "epoch">,
    { alpha, classes }: { readonly alpha: number | undefined; readonly classes: number },
  ) {
    this.#options = options;
    const { count, batchSize, lastBatch, seed } = options;
    this.layout = layoutOf(count, batchSize, lastBatch === "drop");
    this.stepsPerEpoch = stepsPerEpoch(this.layout);
    const first = this.#orderOf(0);
    this.order = new Variable("order", { dtype: "i32", shape: [first.length] }, () => first);
    const mixing = { seed, stepsPerEpoch: this.stepsPerEpoch, classes };
    this.mixup = alpha === undefined ? undefined : new Mixup({ alpha, ...mixing });
  }

  /** Copies the order and the draws of an epoch, counted from 0, to the device. */
  setEpoch(epoch: number): void {
    this.order.assign(this.#orderOf(epoch));
    this.mixup?.setEpoch(epoch);
  }

  #orderOf(epoch: number): Int32Array {
    return planBatches({ ...this.#options, epoch }).order;
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.order[Symbol.dispose]();
    this.mixup?.[Symbol.dispose]();
  }
}
