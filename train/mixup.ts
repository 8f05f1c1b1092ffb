import { arange, Tensor, Variable, where } from "../autograd/mod.ts";
import { randomBits, streamOf } from "../graph/mod.ts";
import { betaOfStep } from "./beta.ts";

/** What mixup is told. */
export interface MixupOptions {
  /** Shares are drawn from Beta(α, α). */
  readonly alpha: number;
  readonly seed: number;
  readonly stepsPerEpoch: number;
  /** Number of logits, for each of which there is a share. */
  readonly classes: number;
}

/** A batch of samples with their labels. */
export interface LabelledBatch {
  /** f32 [rows, …]. */
  readonly x: Tensor;
  /** i32 [rows]. */
  readonly labels: Tensor;
}

/** A batch in which samples may be mixed. */
export interface MixedBatch {
  /** f32 [rows, …]. */
  readonly x: Tensor;
  /** f32 [rows, classes]: the share of each class; i32 [rows], the labels, if nothing is mixed. */
  readonly target: Tensor;
  /** i32 [rows]: the label with the largest share. */
  readonly labels: Tensor;
}

/**
 * Mixup [Zhang et al. 2018, Eq. 1]: each sample becomes λ · itself + (1 − λ) · another one of its
 * batch, and so does its label. λ is drawn once for each step, from Beta(α, α), and the others are
 * the samples of the batch turned by some places. All of it is a function of seed and step only,
 * the same for every optimizer and on every device.
 */
export class Mixup implements Disposable {
  readonly #options: MixupOptions;
  /** f32 [steps of an epoch]: λ. */
  readonly #shares: Variable;

  constructor(options: MixupOptions) {
    this.#options = options;
    const type = { dtype: "f32", shape: [options.stepsPerEpoch] } as const;
    this.#shares = new Variable("mixup.shares", type, () => this.sharesOf(0));
  }

  /** Brings the shares of an epoch, counted from 0, to the device. */
  setEpoch(epoch: number): void {
    this.#shares.assign(this.sharesOf(epoch));
  }

  /** λ of each step of an epoch. */
  sharesOf(epoch: number): Float32Array {
    const { alpha, seed, stepsPerEpoch } = this.#options;
    const first = epoch * stepsPerEpoch;
    return Float32Array.from(
      { length: stepsPerEpoch },
      (_, i) => betaOfStep(alpha, { seed, step: first + i }),
    );
  }

  /** Mixes the batch of a step (i32[]) of the current epoch. */
  mix({ x, labels }: LabelledBatch, step: Tensor): MixedBatch {
    const { stepsPerEpoch, classes } = this.#options;
    const share = this.#shares.gather(step.mod(stepsPerEpoch));
    const partner = this.partners(step, labels.size);
    const mixed = (a: Tensor, b: Tensor) => a.mul(share).add(b.mul(share.mul(-1).add(1)));
    const others = labels.gather(partner);
    return {
      x: mixed(x, x.gather(partner)),
      target: mixed(labels.oneHot(classes), others.oneHot(classes)),
      labels: where(share.greaterEqual(0.5), labels, others),
    };
  }

  /** i32 [rows]: which sample of the batch each one is mixed with, never itself if there are two. */
  partners(step: Tensor, rows: number): Tensor {
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
