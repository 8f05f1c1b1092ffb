/**
 * Datasets: raw samples and labels in host memory, and the constants that normalize them.
 * @module
 */

import { checkOptions, optional, wholeIn } from "../graph/mod.ts";

/** Raw samples as stored, before normalization. */
export type RawArray = Float32Array | Uint8Array | Uint16Array;

/** A further input of each sample, such as a mask or the number of its words. */
export interface SampleColumn {
  /** The rows of all samples, concatenated. */
  readonly values: Float32Array | Int32Array | Uint8Array;
  /** Shape of the row of one sample; `[]` is one number per sample. */
  readonly shape: readonly number[];
}

/** A part of a dataset. */
export interface Split {
  /** All samples, concatenated, each in row-major order of the dataset's `sampleShape`. */
  readonly x: RawArray;
  /** One label for each sample, in [0, classes). */
  readonly y: Int32Array;
  /** Number of samples. */
  readonly count: number;
  /** Further inputs of a model, by name. It takes `{ x, …inputs }` then. Default: none. */
  readonly inputs?: Readonly<Record<string, SampleColumn>>;
  /** Where each sample is from, such as the path of an image. Default: unknown. */
  readonly names?: readonly string[];
}

/**
 * How raw values become features:
 *
 *     feature = (raw · scale − mean[c]) / std[c]
 *
 * where `c` is the channel, the first axis of the sample. `mean` and `std` hold one number for each
 * channel, or a single number for all. Raw integers can stay on the device and be normalized there.
 */
export interface Normalization {
  /** Scales raw values to the unit of `mean` and `std`, for example 1/255. */
  readonly scale: number;
  /** Mean of the scaled training samples. */
  readonly mean: readonly number[];
  /** Standard deviation of the scaled training samples. */
  readonly std: readonly number[];
}

/** Labeled samples for classification. */
export interface Dataset {
  /** Its name in `loadDataset`. */
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** Names of the classes; empty if they have none. */
  readonly classNames: readonly string[];
  /** Shape of one sample: `[channels, height, width]` for images. */
  readonly sampleShape: readonly number[];
  /** The training samples. */
  readonly train: Split;
  /** The test samples; `count` is 0 if there are none. */
  readonly test: Split;
  /** How raw samples become features. */
  readonly normalization: Normalization;
  /** Source and license of the data, in one line. */
  readonly source: string;
}

/** Number of samples of each split to keep. */
export interface SplitSizes {
  /** Number of training samples. */
  readonly train?: number;
  /** Number of test samples. */
  readonly test?: number;
}

/**
 * The reason of a {@link DatasetError}.
 *
 * | reason | meaning |
 * | --- | --- |
 * | `invalid` | data or options are invalid: the name, a size, a label, the layout of a file |
 * | `missing` | the data are not available and cannot be downloaded |
 * | `unverified` | a file exists, but its checksum does not match |
 * | `permission` | a Deno permission is missing |
 * | `storage` | the operating system failed to read or write a file |
 */
export type DatasetErrorReason = "invalid" | "missing" | "unverified" | "permission" | "storage";

/** Options for {@link DatasetError}. */
export interface DatasetErrorOptions extends ErrorOptions {
  /** The reason. Default: `invalid`. */
  readonly reason?: DatasetErrorReason;
}

/** A dataset cannot be loaded, or is invalid. */
export class DatasetError extends Error {
  /** Name of the class. */
  override readonly name = "DatasetError";
  /** Name of the dataset. */
  readonly dataset: string;
  /** The reason. */
  readonly reason: DatasetErrorReason;

  /** Creates the error; `options.cause` is the underlying error. */
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
 * The normalized features of a split: `count × sampleSize` numbers in a new array.
 *
 * @throws {RangeError} if the numbers of channels, means, and standard deviations do not match
 *
 * @example The input of a network
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
      `Cannot normalize samples of shape [${dataset.sampleShape.join(", ")}]: there must be one ` +
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
 * A dataset with only the first samples of each split.
 *
 * @throws {RangeError} if there are fewer samples than requested
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
    const first = {
      ...{ x: split.x.slice(0, count * size), y: split.y.slice(0, count), count },
      ...(split.names && { names: split.names.slice(0, count) }),
    };
    return withColumns(first, split, (values, width) => values.slice(0, count * width));
  };
  return { ...dataset, train: take("train"), test: take("test") };
}

/** `split` with the further inputs of `source`, whose rows `take` chooses. */
export function withColumns(
  split: Split,
  { inputs }: Split,
  take: (values: SampleColumn["values"], width: number) => SampleColumn["values"],
): Split {
  if (!inputs) return split;
  const columns = Object.entries(inputs).map(([name, { values, shape }]) => {
    const width = shape.reduce((product, size) => product * size, 1);
    return [name, { values: take(values, width), shape: [...shape] }] as const;
  });
  return { ...split, inputs: Object.fromEntries(columns) };
}
