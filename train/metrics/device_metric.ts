import { readVariables, type Tensor, type Updates, type Variable } from "../../autograd/mod.ts";
import { type HostArray, hostArrays } from "../../graph/mod.ts";

/**
 * A metric of all batches since the last `reset`. What it counts and sums stays on the device, so
 * a step reads nothing back.
 */
export abstract class DeviceMetric<Result> implements Disposable {
  /** What is counted and summed, by name. Save it in checkpoints to resume within an epoch. */
  abstract state(): ReadonlyMap<string, Variable>;

  /** The next values of the state after a batch: add them to the `updates` of a step. */
  abstract update(prediction: Tensor, target: Tensor): Updates;

  /** The metric, from the values of the state in their order. */
  protected abstract result(state: readonly HostArray[]): Result;

  /** Waits for all submitted steps, and returns the metric of their batches. */
  async compute(): Promise<Result> {
    return this.result(await readVariables([...this.state().values()]));
  }

  /** Forgets all batches. */
  reset(): void {
    for (const variable of this.state().values()) {
      variable.assign(new hostArrays[variable.dtype](variable.size));
    }
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    for (const variable of this.state().values()) variable[Symbol.dispose]();
  }
}
