/**
 * Datasets from safetensors files, which bring in your own data from any framework.
 *
 * | tensor | dtype | shape |
 * | --- | --- | --- |
 * | `x` | F32, F64, F16, BF16, or U8 | [n, …]; bytes are kept as bytes |
 * | `y` | integers | [n]; labels in [0, classes) |
 * | `x_test`, `y_test` | as above | optional: the test split |
 *
 * Images may be [n, channels, height, width] or [n, height, width, channels]; they are converted to
 * the former. If a shape is ambiguous, `layout` is required.
 * @module
 */
import {
  decodeSafetensors,
  readFileChecked,
  type SafetensorsDType,
  type SafetensorsFile,
  type TensorData,
  toFloat32,
  toInt32,
} from "../checkpoint/mod.ts";
import {
  anything,
  checkOptions,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
} from "../graph/mod.ts";
import { type Dataset, DatasetError, type RawArray, sampleSize, type Split } from "./dataset.ts";
import { channelsFirst, type ImageLayout, imageLayouts, recognizeLayout } from "./image_layout.ts";
import { checkLabels } from "./labels.ts";

/** Options for {@link datasetFromSafetensors}. */
export interface SafetensorsDatasetOptions {
  /** Name of the dataset, for error messages and reports. */
  readonly name?: string;
  /** Number of classes. Default: the largest label plus one. */
  readonly classes?: number;
  /** A second file whose `x` and `y` are the test split. */
  readonly test?: Uint8Array;
  /** The order of the image axes. Default: the only one that the shape allows. */
  readonly layout?: ImageLayout;
}

/** Options for {@link loadSafetensorsDataset}. */
export interface SafetensorsFileOptions extends Omit<SafetensorsDatasetOptions, "name" | "test"> {
  /** Path of a second file whose `x` and `y` are the test split. */
  readonly test?: string | URL;
}

/** The rules for {@link SafetensorsFileOptions}. */
export const safetensorsRules: OptionRules<SafetensorsFileOptions> = {
  classes: optional(positiveWhole),
  test: optional(anything),
  layout: optional(oneOf(imageLayouts)),
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
  const { test: testPath, ...rest } = options;
  const bytes = await readFileChecked(path);
  const test = testPath === undefined ? {} : { test: await readFileChecked(testPath) };
  return datasetFromSafetensors(bytes, { ...rest, ...test, name: `${path}` });
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
  const { name = "safetensors" } = options;
  const file = decodeSafetensors(bytes);
  const train = readSplit(name, file, { x: "x", y: "y" });
  if (train.count === 0) fail(name, 'tensor "x" must hold at least one sample', "[0, …]");
  const test = readTest(name, file, options.test);
  if (test !== undefined) checkAlike(name, train, test);
  const images = imagesOf(name, train.sampleShape, options.layout);
  const { classes = 1 + largest(train.y, test?.y) } = options;
  checkLabels({ name, classes }, train, `"${train.names.y}"`);
  if (test !== undefined) checkLabels({ name, classes }, test, `"${test.names.y}"`);
  const empty = { x: train.x.subarray(0, 0), y: new Int32Array(), count: 0 };
  const splitOf = ({ x, y, count }: Split): Split => ({ x: images.read(x), y, count });
  return {
    name,
    classes,
    classNames: [],
    sampleShape: images.shape,
    train: splitOf(train),
    test: test === undefined ? empty : splitOf(test),
    normalization: { scale: train.x instanceof Uint8Array ? 1 / 255 : 1, mean: [0], std: [1] },
    source: `safetensors file ${name}${images.note}`,
  };
}

/** Checks that both splits have the same kind and shape of samples. */
function checkAlike(name: string, train: NamedSplit, test: NamedSplit): void {
  const [testIsBytes, trainIsBytes] = [test, train].map(({ x }) => x instanceof Uint8Array);
  if (testIsBytes !== trainIsBytes) {
    fail(
      name,
      "training and test samples must both be bytes (U8), or neither",
      testIsBytes ? "test samples are bytes" : "training samples are bytes",
    );
  }
  if (test.sampleShape.join() !== train.sampleShape.join()) {
    fail(
      name,
      `test samples must have the shape of the training samples, [${train.sampleShape.join(", ")}]`,
      `[${test.sampleShape.join(", ")}]`,
    );
  }
}

/** Converts images to [channels, height, width]; leaves other samples unchanged. */
interface Images {
  readonly shape: readonly number[];
  readonly read: (x: RawArray) => RawArray;
  /** A note for the source of the dataset. */
  readonly note: string;
}

function imagesOf(
  name: string,
  shape: readonly number[],
  stated: ImageLayout | undefined,
): Images {
  const shown = `[n, ${shape.join(", ")}]`;
  if (shape.length !== 3) {
    if (stated === undefined) return { shape, read: (x) => x, note: "" };
    fail(name, `a layout (--layout) is only for images, [n, …] with three more axes`, shown);
  }
  const layout = stated ?? recognizeLayout(shape);
  if (layout === undefined) {
    fail(
      name,
      "images must be [n, channels, height, width] or [n, height, width, channels], and layout " +
        '"nchw" or "nhwc" (--layout) is required, because the shape can be either',
      shown,
    );
  }
  if (layout === "nchw") return { shape, read: (x) => x, note: "" };
  const [height = 0, width = 0, channels = 0] = shape;
  return {
    shape: [channels, height, width],
    read: (x) => channelsFirst(x, shape),
    note: `, read as images [n, height, width, channels] = ${shown}`,
  };
}

/** Floating-point types, which are converted to f32, and bytes. */
const sampleTypes: readonly SafetensorsDType[] = ["F32", "F64", "F16", "BF16", "U8"];

const labelTypes: readonly SafetensorsDType[] = [
  ...(["I32", "I64", "U8", "I8", "I16", "U16", "U32", "U64"] as const),
];

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
  const x = tensorOf(name, file, names.x, sampleTypes);
  const y = tensorOf(name, file, names.y, labelTypes);
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
  const values = x.dtype === "U8" ? x.bytes.slice() : toFloat32(x);
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
    fail(name, `tensor "${tensor}" is required`, present.join(", ") || "no tensor");
  }
  if (!dtypes.includes(found.dtype)) {
    fail(
      name,
      `tensor "${tensor}" must be ${dtypes.join(", ").replace(/, ([^,]*)$/, ", or $1")}`,
      found.dtype,
    );
  }
  return found;
}

function largest(...arrays: readonly (Int32Array | undefined)[]): number {
  return arrays.reduce(
    (most, array = new Int32Array()) => array.reduce((a, b) => Math.max(a, b), most),
    0,
  );
}

function fail(dataset: string, rule: string, current: string): never {
  throw new DatasetError(dataset, `Cannot use dataset "${dataset}": ${rule}: current ${current}`);
}
