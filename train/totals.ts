import { readVariables, type Tensor, type Updates, Variable } from "../autograd/mod.ts";

/** Sums over the samples of an epoch, read from the device. */
export interface TotalValues {
  /** Sum of the samples' losses. */
  readonly loss: number;
  /** Number of correctly classified samples. */
  readonly correct: number;
}

/** Sums on the device that each compiled step adds to, so that a step reads nothing back. */
export class Totals implements Disposable {
  /** f32[]: sum of the losses. */
  readonly loss: Variable = new Variable("total.loss", { dtype: "f32", shape: [] });
  /** i32[]: number of correctly classified samples. */
  readonly correct: Variable = new Variable("total.correct", { dtype: "i32", shape: [] });

  /** Updates that add the sums of a batch: f32[] and i32[]. */
  add(loss: Tensor, correct: Tensor): Updates {
    return new Map([
      [this.loss, this.loss.add(loss)],
      [this.correct, this.correct.add(correct)],
    ]);
  }

  /** Resets the sums to 0. */
  reset(): void {
    this.loss.assign(Float32Array.of(0));
    this.correct.assign(Int32Array.of(0));
  }

  /** Waits for all submitted steps and reads the sums. */
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
