/**
 * Optimizers: gradient transforms that compose, schedules, and G-SGD as a pass over the
 * finished training step.
 * @module
 */
export {
  chain,
  type GradientTransform,
  perParameter,
  type StateSlot,
  type TransformContext,
  type TransformInput,
  type TransformResult,
} from "./transform.ts";
export { Optimizer } from "./optimizer.ts";
export { type LearningRate, rateAt, scaleByLearningRate } from "./learning_rate.ts";
export { momentum, type MomentumOptions } from "./momentum.ts";
export { type Decay, weightDecay } from "./weight_decay.ts";
export { clipByGlobalNorm, clipByValue, globalNorm } from "./clip.ts";
export { sgd, type SgdOptions } from "./sgd.ts";
export { type MeanSquareOptions, rmsProp, type RmsPropOptions, scaleByRms } from "./rms_prop.ts";
export { adam, type AdamOptions, adamW, type MomentsOptions, scaleByAdam } from "./adam.ts";
export {
  constant,
  cosine,
  type DecayOptions,
  linear,
  multiStep,
  type MultiStepOptions,
  type Schedule,
  stepDecay,
  type StepDecayOptions,
  warmUp,
  type WarmUpOptions,
} from "./schedules.ts";
export {
  formatPathSgdReport,
  pathSgd,
  type PathSgdOptions,
  type PathSgdParameter,
  type PathSgdPlan,
  type PathSgdReport,
  planPathSgd,
} from "./path_sgd/mod.ts";
export {
  type ConservationCheck,
  conservationCheck,
  conservationTolerance,
  countersOf,
  type EdgeKind,
  formatReason,
  formatReport,
  frozenSkeleton,
  gsgd,
  type GsgdOptions,
  type GsgdPlan,
  type GsgdReport,
  gsgdTelemetry,
  initializeSkeleton,
  type InitializeSkeletonOptions,
  type NamedValues,
  type ParameterReport,
  pathValues,
  type PinnedReport,
  planGsgd,
  type RatioClamp,
  ratioEdges,
  ratioHistogram,
  type RatioTelemetry,
  type Reason,
  type ReasonCode,
  relativeDifference,
  rescaleNodes,
  type RescaleOptions,
  resetRatios,
  type ScaleMap,
  type ScaleNode,
  type Segmentation,
  type SegmentReport,
  type Skeleton,
  type SkeletonEdge,
  type SkeletonInit,
  type SkeletonOptions,
  type SkeletonTensor,
  type Telemetry,
  type WeightClass,
} from "./gsgd/mod.ts";
