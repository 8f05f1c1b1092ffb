/**
 * Training loops, and the parts they are made of: datasets on the device, evaluation, augmentation,
 * mixup, learning rates that follow validation, and the selection of the best weights.
 * @module
 */
import "../graph/dispose.ts";
export type { BatchInputs, BatchModel } from "./batch_model.ts";
export { drawJitter, type Jitter, type JitterOptions, MARGIN } from "./augment.ts";
export {
  type DevicePiece,
  DeviceSplit,
  type DeviceSplitParts,
  type PlaceOptions,
  placeSplit,
} from "./device_split.ts";
export { DivergenceError } from "./divergence_error.ts";
export { Evaluation, type EvaluationOptions, type Metric, type Score } from "./evaluation.ts";
export { type LabeledBatch, type MixedBatch, Mixup, type MixupOptions } from "./mixup.ts";
export { AUROC } from "./metrics/auroc.ts";
export { ClassScores, type ScoreAverage } from "./metrics/class_scores.ts";
export { ConfusionMatrix } from "./metrics/confusion_matrix.ts";
export { DeviceMetric } from "./metrics/device_metric.ts";
export { RegressionErrors, type RegressionScores } from "./metrics/regression_errors.ts";
export { TopKAccuracy } from "./metrics/top_k_accuracy.ts";
export { nothingSelected, select, type Selection } from "./selection.ts";
export type { BatchLoss } from "./step_runner.ts";
export { Totals, type TotalValues } from "./totals.ts";
export { Trainer } from "./trainer.ts";
export type { EpochResult, SplitName, TrainerOptions } from "./trainer_options.ts";
