/**
 * The samples of an epoch, batch by batch, on the host: PyTorch's loop over a `DataLoader`.
 * @module
 */
import { formatFound } from "../graph/mod.ts";
import { batchIndices, type BatchOptions, gatherRows, planBatches } from "./shuffle.ts";

/** An array with one row per sample. */
export type SampleArray = Float32Array | Int32Array | Uint8Array | Uint16Array;

const kinds = [Float32Array, Int32Array, Uint8Array, Uint16Array] as const;

/**
 * Yields the batches of an epoch: for each of the arrays, the rows of the samples of a batch. The
 * order is that of {@link planBatches}. Each batch has arrays of its own.
 *
 * @param arrays one row for each of `count` samples, each [count, …]
 * @throws {RangeError} if an option is out of range, dropping the last batch leaves none, or an
 * array does not divide into `count` rows
 * @throws {TypeError} if an array is not a typed array of these kinds
 *
 * @example Three points and their labels, in batches of two
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { batches } from "@gspace/gspace";
 *
 * const data = { x: Float32Array.of(0, 1, 10, 11, 20, 21), y: Int32Array.of(0, 1, 2) };
 * const order = { count: 3, batchSize: 2, seed: 1, epoch: 0, shuffle: false } as const;
 * const labels = [...batches(data, { ...order, lastBatch: "keep" })].map(({ y }) => [...y]);
 * assertEquals(labels, [[0, 1], [2]]);
 * ```
 */
export function batches<A extends Readonly<Record<string, SampleArray>>>(
  arrays: A,
  options: BatchOptions,
): Generator<A> {
  const plan = planBatches(options);
  const entries = Object.entries(arrays ?? {});
  if (entries.length === 0) {
    throw new TypeError(
      `Cannot make batches: it needs arrays by name, such as { x, y }: current is ${
        formatFound(arrays)
      }`,
    );
  }
  for (const [name, array] of entries) {
    checkKind(name, array);
    const { length } = array;
    if (length > 0 && length % options.count === 0) continue;
    throw new RangeError(
      `Cannot make batches of "${name}": it must have one row for each of ${options.count} ` +
        `samples: current length is ${length}`,
    );
  }
  return (function* () {
    for (let batch = 0; batch < plan.batchCount; batch++) {
      const samples = batchIndices(plan, batch);
      const rows = entries.map(([name, array]) => [name, rowsOf(array, samples, options.count)]);
      yield Object.fromEntries(rows) as A;
    }
  })();
}

function checkKind(name: string, array: unknown): void {
  if (kinds.some((kind) => array instanceof kind)) return;
  throw new TypeError(
    `Cannot make batches of "${name}": it must be a ${
      kinds.map((kind) => kind.name).join(", ")
    }: ` +
      `current is ${formatFound(array)}`,
  );
}

/** The rows of some samples, in an array of the same type. */
function rowsOf(array: SampleArray, samples: Int32Array, count: number): SampleArray {
  const rowSize = array.length / count;
  const kind = kinds.find((kind) => array instanceof kind)!;
  const rows: SampleArray = new kind(samples.length * rowSize);
  gatherRows(array, samples, rows, rowSize);
  return rows;
}
