import { readVariables, type Tensor, type Updates, Variable } from "../autograd/mod.ts";

/** Sums over the samples of an epoch, as read from the device. */
export interface TotalValues {
  /** Sum of the samples' losses. */
  readonly loss: number;
  /** Number of samples that were classified correctly. */
  readonly correct: number;
}

/** Sums that a compiled step adds to on the device, so that it never reads anything back. */
export class Totals implements Disposable {
  /** f32[]. */
  readonly loss: Variable = new Variable("total.loss", { dtype: "f32", shape: [] });
  /** i32[]. */
  readonly correct: Variable = new Variable("total.correct", { dtype: "i32", shape: [] });

  /** The updates that add a batch's sums. */
  add(loss: Tensor, correct: Tensor): Updates {
    return new Map([
      [this.loss, this.loss.add(loss)],
      [this.correct, this.correct.add(correct)],
    ]);
  }

  /** Starts again from 0. */
  reset(): void {
    this.loss.assign(Float32Array.of(0));
    this.correct.assign(Int32Array.of(0));
  }

  /** Waits for the steps so far and reads the sums. */
  async read(): Promise<TotalValues> {
    const [loss, correct] = await readVariables([this.loss, this.correct]);
    return { loss: loss![0]!, correct: correct![0]! };
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.loss[Symbol.dispose]();
    this.correct[Symbol.dispose]();
  }
}
