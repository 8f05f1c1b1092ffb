/**
 * Datasets from safetensors files, which bring in your own data from any framework. The names and
 * shapes of their tensors are those of `from_tensors.ts`.
 * @module
 */
import { decodeSafetensors } from "../checkpoint/mod.ts";
import { checkOptions } from "../graph/mod.ts";
import type { Dataset } from "./dataset.ts";
import {
  datasetFromTensors,
  type TensorBytesOptions,
  tensorBytesRules,
  type TensorFileOptions,
  tensorFileRules,
} from "./from_tensors.ts";
import { decodeFor } from "./named_errors.ts";
import { readFiles } from "./read_files.ts";

/**
 * Loads a dataset from safetensors files. Needs `--allow-read` for them.
 *
 * @throws {FileError} if a file cannot be read
 * @throws {SafetensorsError} if a file is invalid
 * @throws {DatasetError} if a tensor is missing or invalid
 */
export async function loadSafetensorsDataset(
  path: string | URL,
  options: TensorFileOptions = {},
): Promise<Dataset> {
  checkOptions("read a dataset", options, tensorFileRules);
  const { test, ...rest } = options;
  const { bytes, ...files } = await readFiles(path, test);
  return datasetFromSafetensors(bytes, { ...rest, ...files });
}

/**
 * Creates a dataset from the bytes of a safetensors file.
 *
 * @throws {SafetensorsError} if the file is invalid
 * @throws {DatasetError} if a tensor is missing or has an invalid dtype, shape, value, or label
 */
export function datasetFromSafetensors(
  bytes: Uint8Array,
  options: TensorBytesOptions = {},
): Dataset {
  checkOptions("read a dataset", options, tensorBytesRules);
  const { name = "safetensors", test, ...rest } = options;
  const second = test && decodeFor(`${name} (test)`, () => decodeSafetensors(test)).tensors;
  const { tensors } = decodeFor(name, () => decodeSafetensors(bytes));
  return datasetFromTensors(tensors, second, { ...rest, name, format: "safetensors" });
}
