import { type Backend, batchIndices, planBatches } from "../../mod.ts";
import type { Dataset } from "../../datasets/mod.ts";
import { type DeviceSplit, placeSplit } from "../../train/mod.ts";
import { BATCH_SIZE, LAYERS, SEED } from "./settings.ts";

/** The samples on the device, and their order. All arms share them. */
export class Samples implements Disposable {
  readonly train: DeviceSplit;
  readonly test: DeviceSplit;
  /** Number of steps of an epoch; the last batch of an epoch is dropped if it is not full. */
  readonly stepsPerEpoch: number;
  /** The order of the newest epoch, which the arms use one after the other. */
  #epoch: { readonly epoch: number; readonly plan: ReturnType<typeof planBatches> } | undefined;

  /** Copies the samples to the device. */
  constructor(dataset: Dataset, { limits }: Backend) {
    const options = { shape: [LAYERS[0]], bytesPerBuffer: limits.bytesPerSlot };
    this.train = placeSplit(dataset, dataset.train, { name: "train", ...options });
    this.test = placeSplit(dataset, dataset.test, { name: "test", ...options });
    this.stepsPerEpoch = Math.floor(this.train.count / BATCH_SIZE);
  }

  /** The indices of the training samples of a step, counted from 0. */
  batchOf(step: number): Int32Array {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (this.#epoch?.epoch !== epoch) {
      const { count } = this.train;
      const order = { count, batchSize: BATCH_SIZE, seed: SEED, shuffle: true } as const;
      this.#epoch = { epoch, plan: planBatches({ ...order, epoch, lastBatch: "drop" }) };
    }
    return batchIndices(this.#epoch.plan, step % this.stepsPerEpoch);
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.train[Symbol.dispose]();
    this.test[Symbol.dispose]();
  }
}
