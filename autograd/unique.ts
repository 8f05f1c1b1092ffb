import { formatFound, type HostArray } from "../graph/mod.ts";

/** Result of `unique`. */
export interface Unique<A extends HostArray> {
  /** The distinct elements in ascending order; NaN, once, at the end. */
  readonly values: A;
  /** How often each of them occurs. */
  readonly counts: Int32Array;
  /** For each element of the data, its position in `values`. */
  readonly inverse: Int32Array;
}

/**
 * The distinct elements of data on the host, as `numpy.unique`. The number of results depends on the
 * values, so it cannot be a tensor of a compiled step.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * const { values, counts } = gs.unique(Int32Array.of(3, 1, 3));
 * assertEquals([[...values], [...counts]], [[1, 3], [1, 2]]);
 * ```
 */
export function unique<A extends HostArray>(data: A): Unique<A> {
  if (!ArrayBuffer.isView(data)) {
    throw new TypeError(
      `Cannot find distinct elements: data must be a typed array: current is ${formatFound(data)}`,
    );
  }
  const sorted = data.slice().sort(); // typed arrays sort by number, and NaN to the end
  const same = (a: number, b: number) => a === b || (Number.isNaN(a) && Number.isNaN(b));
  const values = sorted.filter((x, i) => i === 0 || !same(x, sorted[i - 1]!)) as A;
  const places = new Map(Array.from(values, (value, place) => [value, place])); // −0 is 0 here
  const inverse = Int32Array.from(data, (value) => places.get(value)!);
  const counts = new Int32Array(values.length);
  for (const place of inverse) counts[place]!++;
  return { values, counts, inverse };
}
