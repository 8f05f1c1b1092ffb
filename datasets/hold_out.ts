/**
 * Validation splits: training samples that are held out for model selection, so that the test split
 * is used only for the final measurement.
 * @module
 */
import { checkOptions, seedNumber, streamOf, wholeIn } from "../graph/mod.ts";
import { type Dataset, sampleSize, type Split, withColumns } from "./dataset.ts";
import { ascending, gatherRows, permutation } from "./shuffle.ts";

/** A dataset with a validation split. */
export interface DatasetWithValidation extends Dataset {
  /** Samples used for neither training nor testing. */
  readonly validation: Split;
}

/** Options for {@link holdOut}. */
export interface HoldOutOptions {
  /** Number of samples to hold out. */
  readonly count: number;
  /** Seed of the selection: a whole number in [0, 2^32). */
  readonly seed: number;
}

/**
 * Moves `count` random training samples to a validation split. Both splits keep the order of the
 * samples. The normalization does not change; it still includes the samples of both splits.
 *
 * @throws {RangeError} if no sample is held out, or none is left for training
 *
 * @example A tenth of the digits
 * ```ts
 * import { holdOut, loadDataset } from "./mod.ts";
 * const { train, validation } = holdOut(await loadDataset("digits"), { count: 144, seed: 1 });
 * console.assert(train.count === 1293 && validation.count === 144);
 * ```
 */
export function holdOut(dataset: Dataset, options: HoldOutOptions): DatasetWithValidation {
  const { train } = dataset;
  const action = `hold out samples of dataset "${dataset.name}"`;
  checkOptions(action, options, {
    count: wholeIn(1, train.count - 1),
    seed: seedNumber,
  });
  const { count, seed } = options;
  const sequence = { seed, stream: streamOf("validation") };
  const chosen = new Set(permutation(train.count, sequence).subarray(0, count));
  const all = ascending(train.count);
  const size = sampleSize(dataset);
  return {
    ...dataset,
    train: select(train, all.filter((sample) => !chosen.has(sample)), size),
    validation: select(train, all.filter((sample) => chosen.has(sample)), size),
  };
}

function select(split: Split, samples: Int32Array, size: number): Split {
  const { x, y } = split;
  const count = samples.length;
  // a copy of the right type and length, whose values are all overwritten
  const [rows, labels] = [x.slice(0, count * size), y.slice(0, count)];
  gatherRows(x, samples, rows, size);
  gatherRows(y, samples, labels, 1);
  return withColumns({ x: rows, y: labels, count }, split, (values, width) => {
    const taken = values.slice(0, count * width);
    gatherRows(values, samples, taken, width);
    return taken;
  });
}
