/**
 * Datasets from NumPy's `.npz` files. The names and shapes of their arrays are those of
 * `from_tensors.ts`, which are also those of Keras's datasets.
 * @module
 */
import { decodeNpz } from "../checkpoint/mod.ts";
import { checkOptions } from "../graph/mod.ts";
import type { Dataset } from "./dataset.ts";
import {
  datasetFromTensors,
  type TensorBytesOptions,
  tensorBytesRules,
  type TensorFileOptions,
  tensorFileRules,
} from "./from_tensors.ts";
import { awaitFor } from "./named_errors.ts";
import { readFiles } from "./read_files.ts";

/**
 * Loads a dataset from `.npz` files. Needs `--allow-read` for them.
 *
 * @throws {FileError} if a file cannot be read
 * @throws {NpyError} if a file is invalid
 * @throws {DatasetError} if an array is missing or invalid
 */
export async function loadNpzDataset(
  path: string | URL,
  options: TensorFileOptions = {},
): Promise<Dataset> {
  checkOptions("read a dataset", options, tensorFileRules);
  const { test, ...rest } = options;
  const { bytes, ...files } = await readFiles(path, test);
  return await datasetFromNpz(bytes, { ...rest, ...files });
}

/**
 * Creates a dataset from the bytes of an `.npz` file, as `numpy.savez(path, x=…, y=…)` writes it.
 *
 * @throws {NpyError} if the file is invalid
 * @throws {DatasetError} if an array is missing or has an invalid dtype, shape, value, or label
 *
 * @example Two samples
 * ```ts
 * import { encodeNpz, fromTyped } from "../checkpoint/mod.ts";
 * import { datasetFromNpz } from "./mod.ts";
 * const x = fromTyped(Float32Array.of(1, 2, 3, 4), [2, 2]);
 * const y = fromTyped(BigInt64Array.of(0n, 1n), [2]);
 * const { train } = await datasetFromNpz(await encodeNpz(new Map([["x", x], ["y", y]])));
 * console.assert(train.count === 2 && train.y.join() === "0,1");
 * ```
 */
export async function datasetFromNpz(
  bytes: Uint8Array,
  options: TensorBytesOptions = {},
): Promise<Dataset> {
  checkOptions("read a dataset", options, tensorBytesRules);
  const { name = "npz", test, ...rest } = options;
  const second = test && await awaitFor(`${name} (test)`, () => decodeNpz(test));
  const first = await awaitFor(name, () => decodeNpz(bytes));
  return datasetFromTensors(first, second, { ...rest, name, format: "npz" });
}
