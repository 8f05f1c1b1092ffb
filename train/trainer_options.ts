import {
  anything,
  type Backend,
  callable,
  checkOptions,
  oneOf,
  optional,
  type OptionRules,
  type Pass,
  positiveNumber,
  positiveWhole,
  seedNumber,
  type Shape,
  shapeSizes,
  trueOrFalse,
} from "../graph/mod.ts";
import { checkCommunicator, type Communicator } from "../distributed/mod.ts";
import type { Dataset, DatasetWithValidation } from "../datasets/mod.ts";
import type { Optimizer } from "../optim/mod.ts";
import type { BatchModel } from "./batch_model.ts";
import type { Metric, Score } from "./evaluation.ts";
import type { BatchLoss } from "./step_runner.ts";

/** The splits of a dataset. */
export type SplitName = "train" | "validation" | "test";

/** Options for `Trainer`. */
export interface TrainerOptions {
  /**
   * The model to train, initialized. For the samples of a batch, or for `{ x, …inputs }` if the data
   * have further inputs, it returns f32 [rows, classes].
   */
  readonly model: BatchModel;
  /** The optimizer of its parameters. */
  readonly optimizer: Optimizer;
  /**
   * The samples; do not change the arrays while training. If there is a validation split (see
   * `holdOut`), each epoch ends with a validation.
   */
  readonly data: Dataset | DatasetWithValidation;
  /** Number of samples in a batch. */
  readonly batchSize: number;
  /** Number of epochs. */
  readonly epochs: number;
  /**
   * Seed of the order of the samples, dropout, augmentation, and mixup: a whole number in
   * [0, 2^32). Default: 0.
   */
  readonly seed?: number;
  /** Backend to train on. Default: the one set by `setBackend`. */
  readonly backend?: Backend;
  /** Shape of one sample, as the model takes it. Default: that of the dataset. */
  readonly sampleShape?: Shape;
  /** Mean loss of a batch. Default: cross-entropy. */
  readonly loss?: BatchLoss;
  /** Passes to apply to the training step, in order: for example G-SGD. Default: none. */
  readonly passes?: readonly Pass[];
  /** Whether to shuffle the samples in each epoch. Default: true. */
  readonly shuffle?: boolean;
  /** What to do with the last batch of an epoch if it is not full. Default: "keep". */
  readonly lastBatch?: "keep" | "drop";
  /**
   * Whether to shift training images at random, by up to an eighth of the smaller side and at most 4
   * pixels, and to flip them, left to right. Default: false.
   */
  readonly augment?: boolean;
  /**
   * Number of parts in which the gradients of a batch are computed, one after the other, to save
   * memory. Batch normalization sees each part by itself. Not with `mixup`. Default: 1.
   */
  readonly accumulate?: number;
  /** The α of mixup. Default: no mixup. */
  readonly mixup?: number;
  /** Number of epochs without a lower validation error after which to stop. Default: do not stop. */
  readonly patience?: number;
  /** Whether to restore the weights of the best validation at the end. Default: false. */
  readonly restoreBest?: boolean;
  /**
   * Connects the ranks that train together: each computes its rows of every batch, and evaluates its
   * part of a split. All must be given the same options. Default: there is one.
   */
  readonly communicator?: Communicator;
  /**
   * Whether batch normalization uses the statistics of the batches of all ranks, which costs an
   * exchange for each such layer, forward and backward. Default: false: each rank uses those of its
   * own rows, and the running statistics are their means.
   */
  readonly syncBatchNorm?: boolean;
  /** What to measure in evaluations, besides loss and accuracy. Default: nothing. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  /** Called, and awaited, after each epoch. Training stops if it returns false. */
  readonly onEpoch?: (result: EpochResult) => unknown;
}

/** Results of one epoch. */
export interface EpochResult {
  /** Number of epochs done. */
  readonly epoch: number;
  /** Number of steps done. */
  readonly step: number;
  /** Mean loss of the training samples, each measured before the step that it is part of. */
  readonly loss: number;
  /** Fraction of these samples that were classified correctly. */
  readonly accuracy: number;
  /** Evaluation on the validation split, if there is one. */
  readonly validation: Score | null;
  /** Number of epochs since the lowest validation error. 0 without a validation split. */
  readonly sinceBest: number;
}

/** What each option of a `Trainer` must be. */
const trainerRules: OptionRules<TrainerOptions> = {
  model: anything,
  optimizer: anything,
  data: anything,
  batchSize: positiveWhole,
  epochs: positiveWhole,
  seed: optional(seedNumber),
  backend: optional(anything),
  sampleShape: optional(shapeSizes),
  loss: optional(callable),
  passes: optional(anything),
  shuffle: optional(trueOrFalse),
  lastBatch: optional(oneOf(["keep", "drop"])),
  augment: optional(trueOrFalse),
  accumulate: optional(positiveWhole),
  mixup: optional(positiveNumber),
  patience: optional(positiveWhole),
  restoreBest: optional(trueOrFalse),
  communicator: optional(anything),
  syncBatchNorm: optional(trueOrFalse),
  metrics: optional(anything),
  onEpoch: optional(callable),
};

/** Refuses unknown and missing options, values out of range, and parts of a batch that is mixed. */
export function checkTrainerOptions(options: TrainerOptions): void {
  checkOptions("make a Trainer", options, trainerRules);
  const { accumulate = 1, mixup, communicator } = options;
  if (communicator) checkCommunicator("make a Trainer", communicator);
  if (accumulate === 1 || mixup === undefined) return;
  throw new RangeError(
    `Cannot make a Trainer: accumulate must be 1 with mixup: current is ${accumulate}`,
  );
}
