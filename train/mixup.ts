import { arange, Tensor, Variable, where } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  type OptionRules,
  positiveNumber,
  positiveWhole,
  randomBits,
  seedNumber,
  streamOf,
  wholeIn,
} from "../graph/mod.ts";
import { betaOfStep } from "./beta.ts";

/** Options for `Mixup`. */
export interface MixupOptions {
  /** λ is drawn from Beta(α, α). */
  readonly alpha: number;
  /** Whole number in [0, 2^32). */
  readonly seed: number;
  /** Number of steps in an epoch. */
  readonly stepsPerEpoch: number;
  /** Number of classes. */
  readonly classes: number;
}

const mixupRules: OptionRules<MixupOptions> = {
  alpha: positiveNumber,
  seed: seedNumber,
  stepsPerEpoch: positiveWhole,
  classes: positiveWhole,
};
const epochNumber = wholeIn(0, 2 ** 32 - 1);

/** Samples and their labels. */
export interface LabeledBatch {
  /** f32 [rows, …]. */
  readonly x: Tensor;
  /** i32 [rows]. */
  readonly labels: Tensor;
}

/** A batch whose samples may be mixed. */
export interface MixedBatch {
  /** f32 [rows, …]. */
  readonly x: Tensor;
  /** f32 [rows, classes]: the share of each class. i32 [rows], the labels, if nothing is mixed. */
  readonly target: Tensor;
  /** i32 [rows]: the label with the largest share. */
  readonly labels: Tensor;
}

/**
 * Mixup [Zhang et al. 2018, Eq. 1]: each sample x becomes λ·x + (1 − λ)·x', where x' is another
 * sample of the batch, and each label is mixed in the same way. λ is drawn from Beta(α, α) once per
 * step, and x' comes from the batch rotated by a random number of places. Both depend only on the
 * seed and the step, so they are the same for every optimizer and on every device.
 */
export class Mixup implements Disposable {
  readonly #options: MixupOptions;
  /** f32 [steps of an epoch]: λ. */
  readonly #shares: Variable;

  /**
   * Starts with the λ of epoch 0.
   * @throws {RangeError} if an option is out of range
   */
  constructor(options: MixupOptions) {
    checkOptions("make a Mixup", options, mixupRules);
    this.#options = { ...options };
    const type = { dtype: "f32", shape: [options.stepsPerEpoch] } as const;
    this.#shares = new Variable("mixup.shares", type, () => this.sharesOf(0));
  }

  /** Copies the λ of an epoch, counted from 0, to the device. */
  setEpoch(epoch: number): void {
    this.#shares.assign(this.sharesOf(epoch));
  }

  /** λ of each step of an epoch. */
  sharesOf(epoch: number): Float32Array {
    checkOption("mix samples", { epoch }, epochNumber);
    const { alpha, seed, stepsPerEpoch } = this.#options;
    const first = epoch * stepsPerEpoch;
    return Float32Array.from(
      { length: stepsPerEpoch },
      (_, i) => betaOfStep(alpha, { seed, step: first + i }),
    );
  }

  /** Mixes the batch of a step (i32[]), which must be in the current epoch, with itself. */
  mix(batch: LabeledBatch, step: Tensor): MixedBatch {
    const partner = this.partners(step, batch.labels.size);
    const others = { x: batch.x.gather(partner), labels: batch.labels.gather(partner) };
    return this.blend(batch, others, step);
  }

  /** Mixes samples of a step (i32[]) with their partners. */
  blend(own: LabeledBatch, partners: LabeledBatch, step: Tensor): MixedBatch {
    const { stepsPerEpoch, classes } = this.#options;
    const share = this.#shares.gather(step.mod(stepsPerEpoch));
    const mixed = (a: Tensor, b: Tensor) => a.mul(share).add(b.mul(share.mul(-1).add(1)));
    return {
      x: mixed(own.x, partners.x),
      target: mixed(own.labels.oneHot(classes), partners.labels.oneHot(classes)),
      labels: where(share.greaterEqual(0.5), own.labels, partners.labels),
    };
  }

  /** i32 [rows]: the partner of each sample. No sample is its own partner unless it is the only one. */
  partners(step: Tensor, rows: number): Tensor {
    checkOption("mix samples", { rows }, positiveWhole);
    if (rows === 1) return arange(1);
    const attrs = { shape: [1], seed: this.#options.seed, stream: streamOf("mixup.partners") };
    const places = new Tensor(randomBits(step.node, attrs)).mod(rows - 1).cast("i32").add(1);
    return arange(rows).add(places).mod(rows);
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.#shares[Symbol.dispose]();
  }
}
