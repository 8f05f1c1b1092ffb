/**
 * The part of TensorFlow.js (npm `@tensorflow/tfjs`) used here. Its own types exist only in a
 * temporary folder.
 * @module
 */

/** A tensor; it lives until `dispose` or the end of the `tidy` around it. */
export interface TfTensor {
  readonly shape: readonly number[];
  add(other: TfTensor): TfTensor;
  mul(other: TfTensor): TfTensor;
  sum(): TfTensor;
  relu(): TfTensor;
  transpose(order: readonly number[]): TfTensor;
  slice(begin: readonly number[], size: readonly number[]): TfTensor;
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** The package. */
export interface Tf {
  readonly version: { readonly tfjs: string };
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  getBackend(): string;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  variable(tensor: TfTensor): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  conv2d(x: TfTensor, filter: TfTensor, strides: number, pad: "same"): TfTensor;
  tidy<T>(fn: () => T): T;
  valueAndGrads(
    fn: (...args: TfTensor[]) => TfTensor,
  ): (args: readonly TfTensor[]) => { readonly value: TfTensor; readonly grads: TfTensor[] };
  readonly losses: { softmaxCrossEntropy(onehot: TfTensor, logits: TfTensor): TfTensor };
  readonly train: {
    sgd(learningRate: number): {
      minimize(loss: () => TfTensor, returnCost: true, variables: TfTensor[]): TfTensor;
    };
  };
}
