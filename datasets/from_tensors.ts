/**
 * Datasets from arrays by name, as files of safetensors and NumPy have them.
 *
 * | array | dtype | shape |
 * | --- | --- | --- |
 * | `x`, or `x_train` | any; bytes (U8) are kept as bytes, all others become f32 | [n, …] |
 * | `y`, or `y_train` | whole numbers of any dtype | [n], or [n, 1]; labels in [0, classes) |
 * | `x_test`, `y_test` | as above | optional: the test split |
 *
 * Images may be [n, channels, height, width] or [n, height, width, channels]; they are converted to
 * the former. If a shape is ambiguous, `layout` is required. Bytes [n, height, width] are gray
 * images.
 * @module
 */
import { SafetensorsError, type TensorData, toFloat32, toInt32 } from "../checkpoint/mod.ts";
import { anything, oneOf, optional, type OptionRules, positiveWhole } from "../graph/mod.ts";
import { type Dataset, DatasetError, type RawArray, sampleSize, type Split } from "./dataset.ts";
import { channelsFirst, type ImageLayout, imageLayouts, recognizeLayout } from "./image_layout.ts";
import { checkLabels } from "./labels.ts";

/** Arrays by name. */
export type Tensors = ReadonlyMap<string, TensorData>;

/** Options for datasets from arrays. */
export interface TensorDatasetOptions {
  /** Number of classes. Default: the largest label plus one. */
  readonly classes?: number;
  /** The order of the image axes. Default: the only one that the shape allows. */
  readonly layout?: ImageLayout;
}

/** Options for {@link datasetFromNpz} and {@link datasetFromSafetensors}. */
export interface TensorBytesOptions extends TensorDatasetOptions {
  /** Name of the dataset, for error messages and reports. */
  readonly name?: string;
  /** A second file whose `x` and `y` are the test split. */
  readonly test?: Uint8Array;
}

/** Options for {@link loadNpzDataset} and {@link loadSafetensorsDataset}. */
export interface TensorFileOptions extends TensorDatasetOptions {
  /** Path of a second file whose `x` and `y` are the test split. */
  readonly test?: string | URL;
}

/** The rules for {@link TensorFileOptions}. */
export const tensorFileRules: OptionRules<TensorFileOptions> = {
  classes: optional(positiveWhole),
  layout: optional(oneOf(imageLayouts)),
  test: optional(anything),
};

/** The rules for {@link TensorBytesOptions}. */
export const tensorBytesRules: OptionRules<TensorBytesOptions> = {
  name: optional(anything),
  ...tensorFileRules,
};

/** The files that arrays are from, for messages. */
interface TensorSource {
  /** Name of the dataset. */
  readonly name: string;
  /** Format of the file, for the source of the dataset. */
  readonly format: string;
}

/**
 * Creates a dataset from the arrays of one file, and of a second one with the test split.
 *
 * @throws {DatasetError} if an array is missing or has an invalid dtype, shape, value, or label
 */
export function datasetFromTensors(
  tensors: Tensors,
  second: Tensors | undefined,
  { name, format, classes: given, layout }: TensorSource & TensorDatasetOptions,
): Dataset {
  const train = readSplit(name, tensors, trainNames(tensors));
  const { x, y } = train.tensors;
  if (train.count === 0) fail(name, `tensor "${x}" must hold at least one sample`, "[0, …]");
  const test = readTest(name, tensors, second);
  if (test !== undefined) checkAlike(name, train, test);
  const images = imagesOf(name, train, layout);
  const classes = given ?? 1 + largest(train.y, test?.y);
  checkLabels({ name, classes }, train, `"${y}"`);
  if (test !== undefined) checkLabels({ name, classes }, test, `"${test.tensors.y}"`);
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
    source: `${format} file ${name}${images.note}`,
  };
}

/** Keras's names, if the file has them. */
function trainNames(tensors: Tensors): NamedSplit["tensors"] {
  const isKeras = tensors.has("x_train") && !tensors.has("x");
  return isKeras ? { x: "x_train", y: "y_train" } : { x: "x", y: "y" };
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
  { sampleShape: shape, x }: NamedSplit,
  stated: ImageLayout | undefined,
): Images {
  const shown = `[n, ${shape.join(", ")}]`;
  if (shape.length === 2 && x instanceof Uint8Array && stated === undefined) {
    const note = `, read as gray images [n, height, width] = ${shown}`;
    return { shape: [1, ...shape], read: (x) => x, note };
  }
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

interface NamedSplit extends Split {
  readonly sampleShape: readonly number[];
  readonly tensors: { readonly x: string; readonly y: string };
}

function readTest(
  name: string,
  tensors: Tensors,
  second: Tensors | undefined,
): NamedSplit | undefined {
  const inside = tensors.has("x_test") || tensors.has("y_test");
  const names = { x: "x_test", y: "y_test" };
  if (second === undefined) return inside ? readSplit(name, tensors, names) : undefined;
  if (inside) {
    fail(name, "the test split must come from one place", "x_test or y_test, and a second file");
  }
  return readSplit(name, second, second.has("x_test") ? names : trainNames(second));
}

function readSplit(name: string, tensors: Tensors, names: NamedSplit["tensors"]): NamedSplit {
  const x = tensorOf(name, tensors, names.x);
  const y = tensorOf(name, tensors, names.y);
  const [count, ...sampleShape] = x.shape;
  if (count === undefined || sampleShape.length === 0) {
    fail(name, `tensor "${names.x}" must have the shape [n, …]`, `[${x.shape.join(", ")}]`);
  }
  if (sampleSize({ sampleShape }) === 0) {
    fail(name, `a sample of "${names.x}" must not be empty`, `[${x.shape.join(", ")}]`);
  }
  // Keras stores labels as columns
  const isColumn = y.shape.length === 2 && y.shape[1] === 1;
  if ((y.shape.length !== 1 && !isColumn) || y.shape[0] !== count) {
    fail(
      name,
      `tensor "${names.y}" must have one label for each sample of "${names.x}", shape [${count}]`,
      `[${y.shape.join(", ")}]`,
    );
  }
  const values = x.dtype === "U8" ? x.bytes.slice() : converted(name, names.x, () => toFloat32(x));
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const sample = Math.floor(wrong / sampleSize({ sampleShape }));
    fail(name, `tensor "${names.x}" must be finite`, `${values[wrong]} in sample ${sample}`);
  }
  return { x: values, y: labelsOf(name, names.y, y), count, sampleShape, tensors: names };
}

/** Labels as i32. Those of a floating-point type must be whole numbers. */
function labelsOf(name: string, tensor: string, y: TensorData): Int32Array {
  if (!y.dtype.includes("F")) return converted(name, tensor, () => toInt32(y));
  const values = converted(name, tensor, () => toFloat32(y));
  const wrong = values.findIndex((value) =>
    value !== Math.trunc(value) || Math.abs(value) >= 2 ** 24
  );
  if (wrong >= 0) {
    fail(
      name,
      `labels of "${tensor}" must be whole numbers`,
      `${values[wrong]} in sample ${wrong}`,
    );
  }
  return Int32Array.from(values);
}

/** Runs a conversion, whose errors name the dataset: its file may be no safetensors file. */
function converted<T>(dataset: string, tensor: string, convert: () => T): T {
  try {
    return convert();
  } catch (cause) {
    if (!(cause instanceof SafetensorsError)) throw cause;
    const message = `Cannot use dataset "${dataset}": tensor "${tensor}": ${cause.message}`;
    throw new DatasetError(dataset, message, { cause });
  }
}

function tensorOf(name: string, tensors: Tensors, tensor: string): TensorData {
  const found = tensors.get(tensor);
  if (found !== undefined) return found;
  const present = [...tensors.keys()].slice(0, 8).map((key) => JSON.stringify(key));
  fail(name, `tensor "${tensor}" is required`, present.join(", ") || "no tensor");
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
