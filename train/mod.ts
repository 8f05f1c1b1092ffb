/**
 * Training: a dataset's splits on the device, steps, evaluation, augmentation, mixup, learning
 * rates that follow validation, and the choice of the best weights.
 * @module
 */
export { drawJitter, type Jitter, MARGIN } from "./augment.ts";
export { type BatchLayout, layoutOf, stepsPerEpoch } from "./batch_layout.ts";
export {
  DeviceSplit,
  type DeviceSplitParts,
  type PlaceOptions,
  placeSplit,
} from "./device_split.ts";
export { Evaluation, type EvaluationOptions, type Score } from "./evaluation.ts";
export { type LabelledBatch, type MixedBatch, Mixup, type MixupOptions } from "./mixup.ts";
export { normalize } from "./normalize.ts";
export { Plateau, type PlateauOptions } from "./plateau.ts";
export { nothingSelected, select, type Selection } from "./selection.ts";
export { LARGE_STEP, StepRunner, type StepRunnerParts } from "./step_runner.ts";
export { Totals, type TotalValues } from "./totals.ts";
