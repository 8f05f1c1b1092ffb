import { elementCount, type Shape } from "../graph/mod.ts";
import type { RandomStream } from "./random.ts";

/** Inputs of an initializer, besides the shape. */
export interface InitializerContext {
  /** Number of inputs of each output element of the layer. */
  readonly fanIn: number;
  /** Random numbers of this parameter: a function of the seed and the parameter's name only. */
  readonly random: RandomStream;
}

/** Computes the initial values of a parameter, in row-major order. */
export type Initializer = (shape: Shape, context: InitializerContext) => Float32Array;

/** Values computed one by one from their index. */
export function filled(shape: Shape, value: (index: number) => number): Float32Array {
  return Float32Array.from({ length: elementCount(shape) }, (_, index) => value(index));
}

/** Initializes to zeros. */
export const zerosInit: Initializer = (shape): Float32Array => filled(shape, () => 0);

/** Initializes to ones. */
export const onesInit: Initializer = (shape): Float32Array => filled(shape, () => 1);

/** Uniform in ±1/√fanIn: PyTorch's default for weights and biases of linear layers. */
export const fanInUniform: Initializer = (shape, { fanIn, random }): Float32Array => {
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  return filled(shape, (index) => (2 * random.uniform(index) - 1) * bound);
};

/** Normal with standard deviation √(2 / fanIn), for ReLU networks [He et al. 2015, Eq. 10]. */
export const heNormal: Initializer = (shape, { fanIn, random }): Float32Array => {
  const standardDeviation = fanIn > 0 ? Math.sqrt(2 / fanIn) : 0;
  return filled(shape, (index) => random.normal(index) * standardDeviation);
};
