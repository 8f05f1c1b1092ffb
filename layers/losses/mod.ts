/**
 * Losses, by PyTorch's names and definitions.
 * @module
 */
export { type BinaryCrossEntropyOptions, binaryCrossEntropyWithLogits } from "./binary.ts";
export {
  countCorrect,
  crossEntropy,
  type CrossEntropyOptions,
  crossEntropyPerSample,
  type CrossEntropyPerSampleOptions,
  nllLoss,
  type NllLossOptions,
} from "./cross_entropy.ts";
export { klDiv, type KlDivOptions } from "./divergence.ts";
export {
  cosineEmbeddingLoss,
  type CosineEmbeddingLossOptions,
  hingeEmbeddingLoss,
  type HingeEmbeddingLossOptions,
} from "./embedding.ts";
export type { LabelOptions } from "./labels.ts";
export { type LossOptions, type Reduction } from "./reduction.ts";
export {
  huberLoss,
  type HuberLossOptions,
  l1Loss,
  mse,
  smoothL1Loss,
  type SmoothL1LossOptions,
} from "./regression.ts";
