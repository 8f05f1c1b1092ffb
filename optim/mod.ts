/**
 * Optimizers: gradient transforms that compose, schedules, and G-SGD as a pass over the
 * finished training step.
 * @module
 */
import "../graph/dispose.ts";
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
export type { Gradients } from "./gradients.ts";
export { type ParameterGroup, parameterGroups } from "./parameter_groups.ts";
export {
  type AccumulateOptions,
  GradientAccumulator,
  type GradientAccumulatorOptions,
} from "./gradient_accumulator.ts";
export { type LearningRate, rateAt, scaleByLearningRate } from "./learning_rate.ts";
export { momentum, type MomentumOptions } from "./momentum.ts";
export { type Decay, weightDecay } from "./weight_decay.ts";
export { clipByGlobalNorm, clipByValue, globalNorm } from "./clip.ts";
export { sgd, type SgdOptions } from "./sgd.ts";
export { type MeanSquareOptions, rmsProp, type RmsPropOptions, scaleByRms } from "./rms_prop.ts";
export { adagrad, type AdagradOptions, scaleByAdagrad, type SquareSumOptions } from "./adagrad.ts";
export {
  adamax,
  nadam,
  type NAdamOptions,
  type NesterovMomentsOptions,
  scaleByAdamax,
  scaleByNAdam,
} from "./adam_variants.ts";
export { lion, type LionOptions, scaleByLion, type SignMomentumOptions } from "./lion.ts";
export { lamb, scaleByTrustRatio } from "./lamb.ts";
export { muon, type MuonOptions, type OrthogonalMomentumOptions, scaleByMuon } from "./muon.ts";
export { adam, type AdamOptions, adamW, type MomentsOptions, scaleByAdam } from "./adam.ts";
export {
  constant,
  cosine,
  type DecayOptions,
  exponential,
  type ExponentialOptions,
  linear,
  multiStep,
  type MultiStepOptions,
  polynomial,
  type PolynomialOptions,
  type Schedule,
  stepDecay,
  type StepDecayOptions,
  warmUp,
  type WarmUpOptions,
} from "./schedules.ts";
export {
  cosineWarmRestarts,
  oneCycle,
  type OneCycleOptions,
  type WarmRestartsOptions,
} from "./cyclic_schedules.ts";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce_on_plateau.ts";
export * from "./path_sgd/mod.ts";
export * from "./gsgd/mod.ts";
