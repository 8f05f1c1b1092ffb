/**
 * Types of the lines of `metrics.jsonl`, which a run writes to its folder.
 * @module
 */

/** What every line says of its optimizer. */
export interface MetricPlace {
  /** Name of the optimizer. */
  readonly arm: string;
  /** Number of completed epochs, including a fraction. */
  readonly epoch: number;
  /** Number of completed steps. */
  readonly step: number;
  /** Seconds of training so far. */
  readonly seconds: number;
}

/** Measurements on the validation and test splits. */
export interface SplitScores {
  /** Loss on the validation split, if there is one. */
  readonly validationLoss?: number;
  /** Fraction of validation samples classified incorrectly, if there is a validation split. */
  readonly validationError?: number;
  /** Loss on the test split; `null` if there is none. */
  readonly testLoss: number | null;
  /** Fraction of test samples classified incorrectly; `null` if there is no test split. */
  readonly testError: number | null;
}

/**
 * Means over the steps since the previous line of this kind. The loss is the training loss, which
 * includes label smoothing and mixup.
 */
export interface StepMetric extends MetricPlace {
  /** Kind of line. */
  readonly kind: "step";
  /** Mean loss. */
  readonly loss: number;
  /** Fraction of samples classified correctly. */
  readonly accuracy: number;
  /** Learning rate of the last of these steps. */
  readonly learningRate: number;
  /** Throughput of these steps; missing in older logs. */
  readonly imagesPerSecond?: number;
  /**
   * Share of the time of these steps, from 0 to 1, that the first rank spent in sums over the ranks,
   * waiting for the others included; only with several ranks.
   */
  readonly communicationShare?: number;
  /** G-SGD telemetry, if the setting `telemetry` is on. */
  readonly gsgd?: GsgdWindow;
}

/**
 * Written at the end of an epoch. Training numbers are means over the epoch, measured during
 * training, with the training loss; the others use plain cross-entropy.
 */
export interface EpochMetric extends MetricPlace, SplitScores {
  /** Kind of line. */
  readonly kind: "epoch";
  /** Loss on the training split. */
  readonly trainLoss: number;
  /** Fraction of training samples classified correctly. */
  readonly trainAccuracy: number;
}

/**
 * Written at the end of a run. All numbers are measured with the final weights over whole splits,
 * except that those on the training split of convolutional networks use as many samples as the test
 * split.
 */
export interface EndMetric extends MetricPlace, SplitScores {
  /** Kind of line. */
  readonly kind: "end";
  /** Loss on the training split. */
  readonly trainLoss: number;
  /** Fraction of training samples classified incorrectly. */
  readonly trainError: number;
  /** Throughput of training. */
  readonly imagesPerSecond: number;
  /** Measurements of the weights in `best.safetensors`; only with a validation split. */
  readonly best?: Best;
  /** Whether the arm was stopped early because it made no progress. */
  readonly stoppedEarly?: boolean;
  /** The compiled training step, if one ran since the command started. */
  readonly plan?: StepPlan;
  /** Counts of G-SGD, if it was used. */
  readonly gsgd?: GsgdCounts;
}

/** Measurements of the weights with the lowest error on the validation split. */
export interface Best {
  /** Number of completed epochs. */
  readonly epoch: number;
  /** Number of completed steps. */
  readonly step: number;
  /** Fraction of validation samples classified incorrectly. */
  readonly validationError: number;
  /** Fraction of test samples classified incorrectly. Not used to choose the weights. */
  readonly testError: number | null;
}

/** Statistics of a compiled training step. */
export interface StepPlan {
  /** Number of dispatches, all in one submission. */
  readonly dispatches: number;
  /** Device memory for temporary values of the step. */
  readonly temporaryBytes: number;
  /** Of that, memory for values computed in the forward pass and read by the backward pass. */
  readonly keptBytes?: number;
}

/** Counts of G-SGD during training [gsgd.md §9]. */
export interface GsgdCounts {
  /** Smallest |v| of a trained skeleton weight so far: steps grow as 1/v². */
  readonly smallestPathValue: number;
  /** Number of sign changes of such a v. At a sign change, the network's function jumps. */
  readonly signChanges: number;
}

/** Statistics of G-SGD's trained skeleton weights over the steps of a line. */
export interface GsgdWindow {
  /** Smallest |v|. */
  readonly smallestPathValue: number;
  /** Number of sign changes of v since the start of the run. */
  readonly signChanges: number;
  /** Number of ratios v′/v limited by `ratioClamp`. */
  readonly clamped: number;
  /** Histogram of ratios v′/v with bins below, between, and above `ratioEdges`. */
  readonly ratios: readonly number[];
}

/** Written every `layersEvery` steps: the trained parameters and their gradients. */
export interface LayersMetric extends MetricPlace {
  /** Kind of line. */
  readonly kind: "layers";
  /**
   * Number of samples that the gradients were computed on: the first ones of the epoch, at the
   * current weights.
   */
  readonly samples: number;
  /** Euclidean norm of all trained parameters together. */
  readonly weightNorm: number;
  /** Euclidean norm of the gradient of all of them. */
  readonly gradientNorm: number;
  /** The parameters, in the order of the model. */
  readonly parameters: readonly ParameterMetric[];
}

/** A trained parameter and its gradient. */
export interface ParameterMetric {
  /** Name of the parameter. */
  readonly name: string;
  /** Euclidean norm of its values. */
  readonly weightNorm: number;
  /** Euclidean norm of its gradient. */
  readonly gradientNorm: number;
  /** Its values, unless it is a vector, such as a bias. */
  readonly weights?: ValueHistogram;
  /** Its gradient, unless it is a vector. */
  readonly gradients?: ValueHistogram;
}

/** Counts of values in bins of equal width. */
export interface ValueHistogram {
  /** The smallest value, or 4 standard deviations below the mean if that is larger. */
  readonly low: number;
  /** The largest value, or 4 standard deviations above the mean if that is smaller. */
  readonly high: number;
  /** Number of values in each bin. The first and the last one include the values beyond. */
  readonly counts: readonly number[];
}

/** A line of `metrics.jsonl`. */
export type Metric = StepMetric | EpochMetric | EndMetric | LayersMetric;
