/**
 * What a dataset is: raw samples and labels in host memory, and the numbers that normalise them.
 * @module
 */

import { checkOptions, optional, wholeIn } from "../graph/mod.ts";

/** Raw samples: as stored, not yet normalised. */
export type RawArray = Float32Array | Uint8Array | Uint16Array;

/** One part of a dataset. */
export interface Split {
  /** All samples, one after the other, each in row-major order of the dataset's `sampleShape`. */
  readonly x: RawArray;
  /** One label for each sample, in [0, classes). */
  readonly y: Int32Array;
  /** Number of samples. */
  readonly count: number;
}

/**
 * How raw numbers become features:
 *
 *     feature = (raw · scale − mean[c]) / std[c]
 *
 * where `c` is the channel, the first axis of the sample. `mean` and `std` hold one number for each
 * channel, or a single number for all. Raw integers can so stay on the device as they are and be
 * normalised there.
 */
export interface Normalization {
  /** Brings raw numbers to the unit of `mean` and `std`, for example 1/255. */
  readonly scale: number;
  /** Mean of the scaled training samples. */
  readonly mean: readonly number[];
  /** Standard deviation of the scaled training samples. */
  readonly std: readonly number[];
}

/** Labelled samples for classification. */
export interface Dataset {
  /** Name, as `loadDataset` knows it. */
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** Names of the classes, empty if they have none. */
  readonly classNames: readonly string[];
  /** Shape of one sample: `[channels, height, width]` for images. */
  readonly sampleShape: readonly number[];
  /** The samples to train on. */
  readonly train: Split;
  /** The samples to test on; `count` is 0 if there are none. */
  readonly test: Split;
  /** How raw samples become features. */
  readonly normalization: Normalization;
  /** Where the data come from and their licence, in one line. */
  readonly source: string;
}

/** How many samples of each split to keep. */
export interface SplitSizes {
  /** Number of training samples. */
  readonly train?: number;
  /** Number of test samples. */
  readonly test?: number;
}

/**
 * What kind of trouble a {@link DatasetError} is about.
 *
 * | reason | meaning |
 * | --- | --- |
 * | `invalid` | data or settings break a rule: the name, a size, a label, the layout of a file |
 * | `missing` | the data are neither here nor can they be downloaded |
 * | `unverified` | a file is there, but its checksum is not the known one |
 * | `permission` | Deno was not given a permission that is needed |
 * | `storage` | the operating system refused to read or write a file |
 */
export type DatasetErrorReason = "invalid" | "missing" | "unverified" | "permission" | "storage";

/** Settings of a {@link DatasetError}. */
export interface DatasetErrorOptions extends ErrorOptions {
  /** What kind of trouble it is; `invalid` if left out. */
  readonly reason?: DatasetErrorReason;
}

/** A dataset cannot be loaded, or is not what it claims to be. */
export class DatasetError extends Error {
  /** The class's name, as messages show it. */
  override readonly name = "DatasetError";
  /** Name of the dataset. */
  readonly dataset: string;
  /** What kind of trouble it is. */
  readonly reason: DatasetErrorReason;

  /** Makes the error; `cause` in `options` keeps the error behind it. */
  constructor(dataset: string, message: string, options: DatasetErrorOptions = {}) {
    super(message, options);
    this.dataset = dataset;
    this.reason = options.reason ?? "invalid";
  }
}

/** Number of raw values in one sample. */
export function sampleSize(dataset: Pick<Dataset, "sampleShape">): number {
  return dataset.sampleShape.reduce((product, size) => product * size, 1);
}

/**
 * The normalised features of a split, `count × sampleSize` numbers in an array of their own.
 *
 * @throws {RangeError} if the number of channels, means and standard deviations do not fit
 *
 * @example The features that a network sees
 * ```ts
 * import { features, loadDataset } from "./mod.ts";
 * const digits = await loadDataset("digits");
 * const x = features(digits, digits.train);
 * console.assert(x.length === digits.train.count * 64);
 * ```
 */
export function features(
  dataset: Pick<Dataset, "sampleShape" | "normalization">,
  split: Split,
): Float32Array<ArrayBuffer> {
  const { scale, mean, std } = dataset.normalization;
  const size = sampleSize(dataset);
  const channels = mean.length;
  if (channels !== std.length || (channels !== 1 && channels !== dataset.sampleShape[0])) {
    throw new RangeError(
      `Cannot normalise samples of shape [${dataset.sampleShape.join(", ")}]: there must be one ` +
        `mean and std, or one for each channel: current counts are ${channels} and ${std.length}`,
    );
  }
  const { x } = split;
  const out = new Float32Array(x.length);
  const channelSize = size / channels;
  for (let start = 0; start < x.length; start += channelSize) {
    const channel = (start / channelSize) % channels;
    const center = mean[channel] ?? 0;
    const spread = std[channel] ?? 1;
    const end = start + channelSize;
    for (let i = start; i < end; i++) out[i] = ((x[i] ?? 0) * scale - center) / spread;
  }
  return out;
}

/**
 * The same dataset with only the first samples of its splits.
 *
 * @throws {RangeError} if more samples are asked for than there are
 */
export function takeFirst(dataset: Dataset, sizes: SplitSizes): Dataset {
  const action = `take samples of dataset "${dataset.name}"`;
  checkOptions(action, sizes, {
    train: optional(wholeIn(0, dataset.train.count)),
    test: optional(wholeIn(0, dataset.test.count)),
  });
  const size = sampleSize(dataset);
  const take = (part: "train" | "test"): Split => {
    const split = dataset[part];
    const { [part]: count = split.count } = sizes;
    return { x: split.x.slice(0, count * size), y: split.y.slice(0, count), count };
  };
  return { ...dataset, train: take("train"), test: take("test") };
}
