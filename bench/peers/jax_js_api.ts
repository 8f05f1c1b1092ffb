/**
 * The part of jax-js (npm `@jax-js/jax`) used here. Its own types exist only in a temporary folder.
 * @module
 */

/** An array. Every use consumes it, unless used through `ref`. */
export interface JaxArray {
  readonly ref: JaxArray;
  mul(other: JaxArray | number): JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray): JaxArray;
  div(other: JaxArray): JaxArray;
  sum(axis?: number): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  /** An index, or all of an axis ([]), or a range, for each leading axis. */
  slice(...index: readonly (number | [] | [number, number])[]): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** Arrays nested in objects and lists. */
type JaxTree = JaxArray | readonly JaxTree[] | { readonly [name: string]: JaxTree };

/** The package. */
export interface Jax {
  init(device: string): Promise<string[]>;
  defaultDevice(device: string): void;
  jit<F>(fn: F): F;
  blockUntilReady(tree: unknown): Promise<unknown>;
  /** Computes the value of a function and its derivatives with respect to the given arguments. */
  valueAndGrad<T, R extends readonly JaxTree[]>(
    loss: (trained: T, ...rest: R) => JaxArray,
  ): (trained: T, ...rest: R) => [JaxArray, T];
  readonly tree: {
    ref<T>(tree: T): T;
    dispose(tree: unknown): void;
    map<T>(fn: (a: JaxArray, b: JaxArray) => JaxArray, a: T, b: T): T;
  };
  readonly lax: {
    conv(x: JaxArray, w: JaxArray, strides: number[], padding: [number, number][]): JaxArray;
  };
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    sigmoid(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray, axis: number): JaxArray;
    gelu(x: JaxArray, options: { readonly approximate: boolean }): JaxArray;
    /** Of [batch, positions, heads, features]. */
    dotProductAttention(
      query: JaxArray,
      key: JaxArray,
      value: JaxArray,
      options: { readonly isCausal: boolean },
    ): JaxArray;
  };
  readonly numpy: {
    array(data: Float32Array, options: { shape: readonly number[] }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    matrixTranspose(a: JaxArray): JaxArray;
    split(a: JaxArray, parts: number, axis: number): JaxArray[];
    mean(a: JaxArray, axis: readonly number[]): JaxArray;
    square(a: JaxArray): JaxArray;
    sqrt(a: JaxArray): JaxArray;
    tanh(a: JaxArray): JaxArray;
    stack(arrays: readonly JaxArray[], axis: number): JaxArray;
  };
}
