/**
 * Layers, losses and first values: what models are made of.
 * @module
 */
export {
  type ForwardContext,
  inference,
  initialize,
  type InitializeOptions,
  Module,
  type ParameterSpec,
} from "./module.ts";
export {
  fanInUniform,
  heNormal,
  type Initializer,
  type InitializerContext,
  onesInit,
  zerosInit,
} from "./initializers.ts";
export { RandomStream } from "./random.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { GELU, LeakyReLU, ReLU, Sigmoid, Tanh } from "./activations.ts";
export { Flatten } from "./flatten.ts";
export { Dropout } from "./dropout.ts";
export { Sequential } from "./sequential.ts";
export { countCorrect, crossEntropy, crossEntropyPerSample, mse } from "./losses.ts";
export { summary } from "./summary.ts";
