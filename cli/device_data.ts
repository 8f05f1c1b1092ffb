import { Variable } from "../autograd/mod.ts";
import { type Dataset, features, sampleSize, type Split } from "../datasets/mod.ts";

/** One split of a dataset, kept on the device for the whole run. */
export interface DeviceSplit extends Disposable {
  /** Number of samples. */
  readonly count: number;
  /** f32 [count, values per sample], normalised. */
  readonly x: Variable;
  /** i32 [count]. */
  readonly y: Variable;
}

/** Wraps a split in variables, which go to the device when they are first used. */
export function placeSplit(dataset: Dataset, split: Split, name: string): DeviceSplit {
  const shape = [split.count, sampleSize(dataset)];
  const x = new Variable(`${name}.x`, { dtype: "f32", shape }, () => features(dataset, split));
  const y = new Variable(`${name}.y`, { dtype: "i32", shape: [split.count] }, () => split.y);
  return {
    count: split.count,
    x,
    y,
    [Symbol.dispose]() {
      x[Symbol.dispose]();
      y[Symbol.dispose]();
    },
  };
}
