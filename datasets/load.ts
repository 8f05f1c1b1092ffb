/**
 * Loads datasets by name.
 * @module
 */
import type { LabelKind } from "./canonical.ts";
import { canonicalSets } from "./catalog.ts";
import {
  type Dataset,
  DatasetError,
  type Normalization,
  type SplitSizes,
  takeFirst,
} from "./dataset.ts";
import { digitsNormalization, loadDigits } from "./digits.ts";
import { fashionMnist7x7Normalization, loadFashionMnist7x7 } from "./fashion_mnist_7x7.ts";
import { checkLabelKind } from "./from_files.ts";
import { loadSafetensorsDataset } from "./from_safetensors.ts";
import { type TensorFileOptions, tensorFileRules } from "./from_tensors.ts";
import {
  anything,
  callable,
  checkOptions,
  nearestName,
  optional,
  type OptionRules,
  trueOrFalse,
} from "../graph/mod.ts";
import { downloadRules } from "./download.ts";
import { obtainFiles, type ObtainOptions } from "./obtain.ts";
import { makeSynthetic, type SyntheticOptions } from "./synthetic.ts";

/**
 * Options for {@link loadDataset}. Those of {@link ObtainOptions} are for the downloaded datasets:
 * `mnist`, `fashion-mnist`, `cifar10`, and `cifar100`.
 */
export interface LoadDatasetOptions extends ObtainOptions {
  /** Keep only the first samples of the splits. */
  readonly limit?: SplitSizes;
  /** Sizes and seed, for `synthetic`. */
  readonly synthetic?: SyntheticOptions;
  /** Classes and test file, for a `.safetensors` path. */
  readonly safetensors?: TensorFileOptions;
  /** For `cifar100`: its 100 classes ("fine") or 20 superclasses ("coarse"). Default: "fine". */
  readonly labels?: LabelKind;
  /** Another folder with the bundled data files. It must end in "/". */
  readonly folder?: URL;
}

const optionRules: OptionRules<LoadDatasetOptions> = {
  dataDir: optional(anything),
  cacheDir: optional(anything),
  allowUnverified: optional(trueOrFalse),
  onWarning: optional(callable),
  download: optional(anything),
  limit: optional(anything),
  synthetic: optional(anything),
  safetensors: optional(anything),
  labels: optional(anything),
  folder: optional(anything),
};

type Loader = (options: LoadDatasetOptions) => Promise<Dataset>;

const loaders: ReadonlyMap<string, Loader> = new Map<string, Loader>([
  ["fashion-mnist-7x7", ({ folder }) => loadFashionMnist7x7(folder)],
  ["digits", ({ folder }) => loadDigits(folder)],
  ["synthetic", ({ synthetic }) => Promise.resolve(makeSynthetic(synthetic))],
  ...[...canonicalSets].map(([name, set]): [string, Loader] => [
    name,
    async (options) => set.decode(await obtainFiles(set, options), options),
  ]),
]);

/** The normalization of a dataset, without reading it; `undefined` for files. */
export function normalizationOf(name: string): Normalization | undefined {
  const shipped: ReadonlyMap<string, Normalization> = new Map([
    ["fashion-mnist-7x7", fashionMnist7x7Normalization],
    ["digits", digitsNormalization],
  ]);
  return canonicalSets.get(name)?.normalization ?? shipped.get(name);
}

/** The dataset names of {@link loadDataset}. */
export const datasetNames: readonly string[] = [...loaders.keys()];

/**
 * Loads a dataset by name, or from the path of a `.safetensors` file.
 *
 * | name | samples | source |
 * | --- | --- | --- |
 * | `fashion-mnist-7x7` | 60,000 + 10,000 of [1, 7, 7] | bundled |
 * | `digits` | 1,437 + 360 of [1, 8, 8] | bundled |
 * | `synthetic` | any | generated from a seed |
 * | `mnist`, `fashion-mnist` | 60,000 + 10,000 of [1, 28, 28] | downloaded, or `dataDir` |
 * | `cifar10`, `cifar100` | 50,000 + 10,000 of [3, 32, 32] | downloaded, or `dataDir` |
 *
 * Downloads are cached in `~/.cache/gspace/datasets` (Linux; `XDG_CACHE_HOME` is respected),
 * `~/Library/Caches/gspace/datasets` (macOS), or `%LOCALAPPDATA%\gspace\datasets` (Windows), or in
 * `cacheDir`. A download needs `--allow-net` for {@link datasetHosts}, `--allow-read` and
 * `--allow-write` for the folder, and, without `cacheDir`, `--allow-env` for the variables that
 * define it. Cached data, and data in `dataDir`, only need `--allow-read` (and `--allow-env` as
 * before).
 *
 * @throws {DatasetError} if the name is unknown, suggesting the nearest one, or if the data cannot be
 *   read or are invalid
 * @throws {FileError} if a `.safetensors` file cannot be read, and `SafetensorsError` if it is invalid
 * @throws {RangeError} if there are fewer samples than `limit`, or a synthetic size is out of range
 *
 * @example Fashion-MNIST, with images of 7×7
 * ```ts
 * import { loadDataset } from "./mod.ts";
 * const { train, test, classNames } = await loadDataset("fashion-mnist-7x7");
 * console.assert(train.count === 60_000 && test.count === 10_000);
 * console.assert(classNames[train.y[0] ?? 0] === "Ankle boot");
 * ```
 */
export async function loadDataset(
  name: string,
  options: LoadDatasetOptions = {},
): Promise<Dataset> {
  checkOptions("load a dataset", options, optionRules);
  const { download = {}, safetensors = {} } = options;
  checkOptions("download", download, downloadRules);
  checkOptions("read a dataset", safetensors, tensorFileRules);
  const loader = loaders.get(name);
  if (loader !== undefined) checkLabelKind(name, options);
  if (loader === undefined && !name.endsWith(".safetensors")) throw unknownName(name);
  const dataset = loader === undefined
    ? await loadSafetensorsDataset(name, options.safetensors)
    : await loader(options);
  return options.limit === undefined ? dataset : takeFirst(dataset, options.limit);
}

function unknownName(name: string): DatasetError {
  const nearest = nearestName(name, datasetNames);
  const suggestion = nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
  return new DatasetError(
    name,
    `Cannot load dataset ${JSON.stringify(name)}: the name must be one of ` +
      `${datasetNames.join(", ")}, or the path of a .safetensors file${suggestion}`,
  );
}
