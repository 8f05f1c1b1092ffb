/**
 * The lines of `metrics.jsonl`, which a run leaves in its folder.
 * @module
 */

/**
 * Means over the steps since the last line of this kind. The loss is what is trained on: with
 * label smoothing or mixup not plain cross-entropy.
 */
export interface StepMetric {
  /** What kind of line it is. */
  readonly kind: "step";
  /** Name of the optimizer. */
  readonly arm: string;
  /** Number of epochs done, with fraction. */
  readonly epoch: number;
  /** Number of steps done. */
  readonly step: number;
  /** Mean loss. */
  readonly loss: number;
  /** Share of samples that were classified rightly. */
  readonly accuracy: number;
  /** Learning rate of the last of these steps. */
  readonly learningRate: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Speed of these steps; absent in older logs. */
  readonly imagesPerSecond?: number;
  /** With the setting `telemetry`, of G-SGD. */
  readonly gsgd?: GsgdWindow;
}

/**
 * An epoch's end. The training numbers are means over the epoch, taken while training, of the
 * loss that is trained on; the others are of plain cross-entropy.
 */
export interface EpochMetric {
  /** What kind of line it is. */
  readonly kind: "epoch";
  /** Name of the optimizer. */
  readonly arm: string;
  /** Number of epochs done, with fraction. */
  readonly epoch: number;
  /** Number of steps done. */
  readonly step: number;
  /** Loss on the training split. */
  readonly trainLoss: number;
  /** Share of training samples that were classified rightly. */
  readonly trainAccuracy: number;
  /** Only with a validation split. */
  readonly validationLoss?: number;
  /** Only with a validation split. */
  readonly validationError?: number;
  /** Loss on the test split; `null` if there is none. */
  readonly testLoss: number | null;
  /** Share of test samples that are classified wrongly; `null` if there is no test split. */
  readonly testError: number | null;
  /** Seconds of training so far. */
  readonly seconds: number;
}

/**
 * A run's end. All numbers are of the final weights, over whole splits; the training numbers
 * of convolutional networks over as many training samples as there are test samples.
 */
export interface EndMetric {
  /** What kind of line it is. */
  readonly kind: "end";
  /** Name of the optimizer. */
  readonly arm: string;
  /** Number of epochs done, with fraction. */
  readonly epoch: number;
  /** Number of steps done. */
  readonly step: number;
  /** Loss on the training split. */
  readonly trainLoss: number;
  /** Share of training samples that are classified wrongly. */
  readonly trainError: number;
  /** Only with a validation split. */
  readonly validationLoss?: number;
  /** Only with a validation split. */
  readonly validationError?: number;
  /** Loss on the test split; `null` if there is none. */
  readonly testLoss: number | null;
  /** Share of test samples that are classified wrongly; `null` if there is no test split. */
  readonly testError: number | null;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Speed of training. */
  readonly imagesPerSecond: number;
  /** The weights of `best.safetensors`, with a validation split. */
  readonly best?: Best;
  /** Did the arm stop before its last step, for want of progress? */
  readonly stoppedEarly?: boolean;
  /** What a step is made of, if there was one since the command began. */
  readonly plan?: StepPlan;
  /** What G-SGD counted, if it was used. */
  readonly gsgd?: GsgdCounts;
}

/** What was measured when weights did best on the validation split. */
export interface Best {
  /** Number of epochs done. */
  readonly epoch: number;
  /** Number of steps done. */
  readonly step: number;
  /** Share of the validation samples that are classified wrongly. */
  readonly validationError: number;
  /** What these weights do on the test split, which had no part in choosing them. */
  readonly testError: number | null;
}

/** What a compiled training step is made of. */
export interface StepPlan {
  /** Launches on the device, submitted at once. */
  readonly dispatches: number;
  /** Device memory for values that live within the step. */
  readonly temporaryBytes: number;
  /** What of that the backward part reads, after the forward part has computed it. */
  readonly keptBytes?: number;
}

/** What G-SGD counts while it trains [gsgd.md §9]. */
export interface GsgdCounts {
  /** The smallest |v| that a trained skeleton weight had: steps grow as 1/v². */
  readonly smallestPathValue: number;
  /** How often such a v changed its sign: the function jumps there. */
  readonly signChanges: number;
}

/** What the trained skeleton weights of G-SGD did in the steps of a line. */
export interface GsgdWindow {
  /** The smallest |v|. */
  readonly smallestPathValue: number;
  /** How often a v has changed its sign since the run began. */
  readonly signChanges: number;
  /** How often a ratio v′/v was held back by `ratioClamp`. */
  readonly clamped: number;
  /** How many ratios lay below the first of `ratioEdges`, between each two, above the last. */
  readonly ratios: readonly number[];
}

/** One line of `metrics.jsonl`. */
export type Metric = StepMetric | EpochMetric | EndMetric;
