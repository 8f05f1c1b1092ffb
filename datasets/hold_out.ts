/**
 * Validation splits: training samples that are held out for model selection, so that the test split
 * is used only for the final measurement.
 * @module
 */
import {
  checkOptions,
  optional,
  seedNumber,
  streamOf,
  trueOrFalse,
  wholeIn,
} from "../graph/mod.ts";
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
  /**
   * Whether each class gives its share, rounded so that the total is `count`. Default: false, which
   * selects without regard to classes.
   */
  readonly stratified?: boolean;
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
    stratified: optional(trueOrFalse),
  });
  const { count, seed, stratified = false } = options;
  const sequence = { seed, stream: streamOf("validation") };
  const order = permutation(train.count, sequence);
  const chosen = new Set(
    stratified ? firstOfEachClass(order, train.y, count) : order.subarray(0, count),
  );
  const all = ascending(train.count);
  const size = sampleSize(dataset);
  return {
    ...dataset,
    train: select(train, all.filter((sample) => !chosen.has(sample)), size),
    validation: select(train, all.filter((sample) => chosen.has(sample)), size),
  };
}

/** The first samples in this order of each class: as many as its share of `count`. */
function firstOfEachClass(order: Int32Array, y: Int32Array, count: number): readonly number[] {
  const sizes = new Map<number, number>();
  for (const label of y) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const left = sharesOf(sizes, count / y.length, count);
  return [...order].filter((sample) => {
    const label = y[sample]!;
    const more = left.get(label)!;
    left.set(label, more - 1);
    return more > 0;
  });
}

/** The fraction of each class in whole numbers: the largest remainders are rounded up. */
function sharesOf(
  sizes: ReadonlyMap<number, number>,
  fraction: number,
  count: number,
): Map<number, number> {
  const shares = new Map([...sizes].map(([label, size]) => [label, Math.floor(size * fraction)]));
  const missing = [...shares.values()].reduce((sum, share) => sum - share, count);
  const remainder = (label: number) => sizes.get(label)! * fraction % 1;
  const byRemainder = [...sizes.keys()].toSorted((a, b) => remainder(b) - remainder(a) || a - b);
  for (const label of byRemainder.slice(0, missing)) shares.set(label, shares.get(label)! + 1);
  return shares;
}

function select(split: Split, samples: Int32Array, size: number): Split {
  const { x, y } = split;
  const count = samples.length;
  // a copy of the right type and length, whose values are all overwritten
  const [rows, labels] = [x.slice(0, count * size), y.slice(0, count)];
  gatherRows(x, samples, rows, size);
  gatherRows(y, samples, labels, 1);
  const { names } = split;
  const chosen = {
    ...{ x: rows, y: labels, count },
    ...(names && { names: Array.from(samples, (sample) => names[sample]!) }),
  };
  return withColumns(chosen, split, (values, width) => {
    const taken = values.slice(0, count * width);
    gatherRows(values, samples, taken, width);
    return taken;
  });
}
