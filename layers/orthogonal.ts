import { checkOptions, elementCount } from "../graph/mod.ts";
import type { Initializer } from "./initializers.ts";
import { gainRules, mustBeWeight, type XavierOptions } from "./random_initializers.ts";

/**
 * Orthogonal [Saxe et al. 2014]: PyTorch's `nn.init.orthogonal_`. A weight [outputs, inputs, …] is
 * taken as a matrix with one row for each output; its rows, or its columns if there are more rows
 * than columns, are orthogonal and have the length `gain`.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { initialize, Linear, orthogonal } from "@gspace/gspace";
 *
 * using layer = initialize(new Linear(3, 2, { initializer: orthogonal() }), { seed: 1 });
 * const [a, b, c, d, e, f] = layer.weight.hostValue()!;
 * assertAlmostEquals(a! * d! + b! * e! + c! * f!, 0, 1e-6);
 * ```
 */
export function orthogonal(options: XavierOptions = {}): Initializer {
  checkOptions("make the initializer orthogonal", options, gainRules);
  const { gain = 1 } = options;
  return (shape, { random }) => {
    mustBeWeight("initialize with an orthogonal matrix", shape);
    const rows = shape[0]!;
    const columns = elementCount(shape.slice(1));
    const isWide = rows < columns;
    const [length, count] = isWide ? [columns, rows] : [rows, columns];
    // The vectors are the columns of a normal matrix [length, count], as in PyTorch.
    const vectors = Array.from(
      { length: count },
      (_, k) =>
        Float64Array.from(
          { length },
          (_, i) => random.normal(isWide ? k * length + i : i * count + k),
        ),
    );
    orthonormalize(vectors);
    return Float32Array.from({ length: rows * columns }, (_, index) => {
      const [row, column] = [Math.floor(index / columns), index % columns];
      return gain * (isWide ? vectors[row]![column]! : vectors[column]![row]!);
    });
  };
}

/** Gram–Schmidt, twice, so that rounding leaves no component: Q of a QR with a positive diagonal. */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, k) => {
    for (const _pass of [1, 2]) {
      for (const earlier of vectors.slice(0, k)) subtract(vector, earlier, dot(vector, earlier));
    }
    const norm = Math.sqrt(dot(vector, vector));
    vector.forEach((value, i) => vector[i] = value / norm);
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function subtract(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = a[i]! - factor * b[i]!;
}
