/**
 * A dataset from a safetensors file: the way to bring your own data, from any framework.
 *
 * | tensor | dtype | shape |
 * | --- | --- | --- |
 * | `x` | F32 | [n, …]; features, used as they are |
 * | `y` | I32 or I64 | [n]; labels in [0, classes) |
 * | `x_test`, `y_test` | as above | optional: the test split |
 * @module
 */
import {
  decodeSafetensors,
  readFileChecked,
  type SafetensorsFile,
  type TensorData,
  toFloat32,
  toInt32,
} from "../checkpoint/mod.ts";
import { anything, checkOptions, optional, type OptionRules, positiveWhole } from "../graph/mod.ts";
import { type Dataset, DatasetError, sampleSize, type Split } from "./dataset.ts";

/** Settings of {@link datasetFromSafetensors}. */
export interface SafetensorsDatasetOptions {
  /** Name of the dataset, for messages and reports. */
  readonly name?: string;
  /** Number of classes; without it, the largest label plus one. */
  readonly classes?: number;
  /** A second file whose `x` and `y` are the test split. */
  readonly test?: Uint8Array;
}

/** Settings of {@link loadSafetensorsDataset}. */
export interface SafetensorsFileOptions {
  /** Number of classes; without it, the largest label plus one. */
  readonly classes?: number;
  /** Path of a second file whose `x` and `y` are the test split. */
  readonly test?: string | URL;
}

/** What the settings of a `.safetensors` dataset must be. */
export const safetensorsRules: OptionRules<SafetensorsFileOptions> = {
  classes: optional(positiveWhole),
  test: optional(anything),
};

/**
 * Reads a dataset from safetensors files; needs `--allow-read` for them.
 *
 * @throws {FileError} if a file cannot be read
 * @throws {SafetensorsError} if a file breaks a rule of the format
 * @throws {DatasetError} if a tensor is missing or does not fit
 */
export async function loadSafetensorsDataset(
  path: string | URL,
  options: SafetensorsFileOptions = {},
): Promise<Dataset> {
  checkOptions("read a dataset", options, safetensorsRules);
  const { test: testPath, ...rest } = options;
  const bytes = await readFileChecked(path);
  const test = testPath === undefined ? {} : { test: await readFileChecked(testPath) };
  return datasetFromSafetensors(bytes, { ...rest, ...test, name: `${path}` });
}

/**
 * Makes a dataset of the contents of a safetensors file.
 *
 * @throws {SafetensorsError} if the bytes break a rule of the format
 * @throws {DatasetError} if a tensor is missing or has a wrong dtype, shape, value or label
 */
export function datasetFromSafetensors(
  bytes: Uint8Array,
  options: SafetensorsDatasetOptions = {},
): Dataset {
  checkOptions("read a dataset", options, {
    name: optional(anything),
    classes: optional(positiveWhole),
    test: optional(anything),
  });
  const { name = "safetensors" } = options;
  const file = decodeSafetensors(bytes);
  const train = readSplit(name, file, { x: "x", y: "y" });
  if (train.count === 0) fail(name, 'tensor "x" must hold at least one sample', "[0, …]");
  const test = readTest(name, file, options.test);
  if (test !== undefined && test.sampleShape.join() !== train.sampleShape.join()) {
    fail(
      name,
      `test samples must have the shape of the training samples, [${train.sampleShape.join(", ")}]`,
      `[${test.sampleShape.join(", ")}]`,
    );
  }
  const { classes = 1 + largest(train.y, test?.y) } = options;
  checkLabels(name, train, classes);
  if (test !== undefined) checkLabels(name, test, classes);
  const empty = { x: new Float32Array(), y: new Int32Array(), count: 0 };
  return {
    name,
    classes,
    classNames: [],
    sampleShape: train.sampleShape,
    train: { x: train.x, y: train.y, count: train.count },
    test: test === undefined ? empty : { x: test.x, y: test.y, count: test.count },
    normalization: { scale: 1, mean: [0], std: [1] },
    source: `safetensors file ${name}`,
  };
}

interface NamedSplit extends Split {
  readonly sampleShape: readonly number[];
  readonly names: { readonly x: string; readonly y: string };
}

function readTest(
  name: string,
  file: SafetensorsFile,
  second: Uint8Array | undefined,
): NamedSplit | undefined {
  const inside = file.tensors.has("x_test") || file.tensors.has("y_test");
  if (second === undefined) {
    return inside ? readSplit(name, file, { x: "x_test", y: "y_test" }) : undefined;
  }
  if (inside) {
    fail(name, "the test split must come from one place", "x_test or y_test, and a second file");
  }
  return readSplit(name, decodeSafetensors(second), { x: "x", y: "y" });
}

function readSplit(name: string, file: SafetensorsFile, names: NamedSplit["names"]): NamedSplit {
  const x = tensorOf(name, file, names.x, ["F32"]);
  const y = tensorOf(name, file, names.y, ["I32", "I64"]);
  const [count, ...sampleShape] = x.shape;
  if (count === undefined || sampleShape.length === 0) {
    fail(name, `tensor "${names.x}" must have the shape [n, …]`, `[${x.shape.join(", ")}]`);
  }
  if (sampleSize({ sampleShape }) === 0) {
    fail(name, `a sample of "${names.x}" must not be empty`, `[${x.shape.join(", ")}]`);
  }
  if (y.shape.length !== 1 || y.shape[0] !== count) {
    fail(
      name,
      `tensor "${names.y}" must have one label for each sample of "${names.x}", shape [${count}]`,
      `[${y.shape.join(", ")}]`,
    );
  }
  const values = toFloat32(x);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const sample = Math.floor(wrong / sampleSize({ sampleShape }));
    fail(name, `tensor "${names.x}" must be finite`, `${values[wrong]} in sample ${sample}`);
  }
  return { x: values, y: toInt32(y), count, sampleShape, names };
}

function tensorOf(
  name: string,
  file: SafetensorsFile,
  tensor: string,
  dtypes: readonly string[],
): TensorData {
  const found = file.tensors.get(tensor);
  if (found === undefined) {
    const present = [...file.tensors.keys()].slice(0, 8).map((key) => JSON.stringify(key));
    fail(name, `tensor "${tensor}" must be there`, present.join(", ") || "no tensor");
  }
  if (!dtypes.includes(found.dtype)) {
    fail(name, `tensor "${tensor}" must be ${dtypes.join(" or ")}`, found.dtype);
  }
  return found;
}

function checkLabels(name: string, { y, names }: NamedSplit, classes: number): void {
  const wrong = y.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    fail(
      name,
      `labels of "${names.y}" must be from 0 to ${classes - 1}`,
      `${y[wrong]} in sample ${wrong}`,
    );
  }
}

function largest(...arrays: readonly (Int32Array | undefined)[]): number {
  let most = 0;
  for (const array of arrays) {
    for (const value of array ?? []) most = Math.max(most, value);
  }
  return most;
}

function fail(dataset: string, rule: string, current: string): never {
  throw new DatasetError(dataset, `Cannot use dataset "${dataset}": ${rule}: current ${current}`);
}
