/**
 * A validation split: training samples that are held out to choose by, so that the test split
 * stays for what is measured in the end.
 * @module
 */
import { checkOptions, wholeIn } from "../graph/mod.ts";
import { type Dataset, sampleSize, type Split } from "./dataset.ts";
import { datasetSeed, purposes } from "./philox.ts";
import { gatherRows, permutation } from "./shuffle.ts";

/** A dataset with a split between training and testing. */
export interface DatasetWithValidation extends Dataset {
  /** Samples that are neither trained on nor tested on. */
  readonly validation: Split;
}

/** What `holdOut` is told. */
export interface HoldOutOptions {
  /** Number of samples. */
  readonly count: number;
  /** Whole number in [0, 2^53): decides which. */
  readonly seed: number;
}

/**
 * Moves `count` training samples, chosen by the seed, to a validation split. Both splits keep the
 * order that the samples had. The normalisation stays as it was: it was made from the samples of
 * both.
 *
 * @throws {RangeError} if there would be no sample left to train on, or none is held out
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
    seed: datasetSeed,
  });
  const { count, seed } = options;
  const stream = { seed, purpose: purposes.validation, index: 0 };
  const chosen = new Set(permutation(train.count, stream).subarray(0, count));
  const all = Int32Array.from({ length: train.count }, (_, sample) => sample);
  const size = sampleSize(dataset);
  return {
    ...dataset,
    train: select(train, all.filter((sample) => !chosen.has(sample)), size),
    validation: select(train, all.filter((sample) => chosen.has(sample)), size),
  };
}

function select({ x, y }: Split, samples: Int32Array, size: number): Split {
  const count = samples.length;
  // a copy of the right kind and length, every value of which is replaced
  const [rows, labels] = [x.slice(0, count * size), y.slice(0, count)];
  gatherRows(x, samples, rows, size);
  gatherRows(y, samples, labels, 1);
  return { x: rows, y: labels, count };
}
