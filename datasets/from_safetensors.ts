/**
 * Datasets from safetensors files, which bring in your own data from any framework. The names and
 * shapes of their tensors are those of `from_tensors.ts`.
 * @module
 */
import { decodeSafetensors } from "../checkpoint/mod.ts";
import { anything, checkOptions, optional, type OptionRules } from "../graph/mod.ts";
import type { Dataset } from "./dataset.ts";
import { datasetFromTensors, type TensorDatasetOptions, tensorRules } from "./from_tensors.ts";
import { readFiles } from "./read_files.ts";

/** Options for {@link datasetFromSafetensors}. */
export interface SafetensorsDatasetOptions extends TensorDatasetOptions {
  /** Name of the dataset, for error messages and reports. */
  readonly name?: string;
  /** A second file whose `x` and `y` are the test split. */
  readonly test?: Uint8Array;
}

/** Options for {@link loadSafetensorsDataset}. */
export interface SafetensorsFileOptions extends TensorDatasetOptions {
  /** Path of a second file whose `x` and `y` are the test split. */
  readonly test?: string | URL;
}

/** The rules for {@link SafetensorsFileOptions}. */
export const safetensorsRules: OptionRules<SafetensorsFileOptions> = {
  ...tensorRules,
  test: optional(anything),
};

/**
 * Loads a dataset from safetensors files. Needs `--allow-read` for them.
 *
 * @throws {FileError} if a file cannot be read
 * @throws {SafetensorsError} if a file is invalid
 * @throws {DatasetError} if a tensor is missing or invalid
 */
export async function loadSafetensorsDataset(
  path: string | URL,
  options: SafetensorsFileOptions = {},
): Promise<Dataset> {
  checkOptions("read a dataset", options, safetensorsRules);
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
  options: SafetensorsDatasetOptions = {},
): Dataset {
  checkOptions("read a dataset", options, {
    name: optional(anything),
    ...safetensorsRules,
  });
  const { name = "safetensors", test, ...rest } = options;
  const second = test === undefined ? undefined : decodeSafetensors(test).tensors;
  const { tensors } = decodeSafetensors(bytes);
  return datasetFromTensors(tensors, second, { ...rest, name, format: "safetensors" });
}
