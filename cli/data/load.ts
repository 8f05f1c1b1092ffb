import { escapeName } from "../../checkpoint/mod.ts";
import {
  type Dataset,
  datasetNames,
  type DatasetWithValidation,
  type DownloadProgress,
  holdOut,
  loadDataset,
  measureNormalization,
  type Normalization,
  takeFirst,
} from "../../datasets/mod.ts";
import { didYouMean } from "../../graph/nearest_name.ts";
import type { Config } from "../settings/config.ts";
import { withoutNull } from "../settings/without_null.ts";
import { datasetName } from "./known_datasets.ts";
import { checkOwnSettings, isOwnData, loadOwnData } from "./own_data.ts";
import type { Display, Progress } from "../display.ts";
import { UsageError } from "../errors.ts";
import { exists } from "../files.ts";
import { warn } from "../output.ts";

/** Loads the dataset of a config, and shows the progress of downloads. */
export async function load(config: Config, display: Display): Promise<Dataset> {
  const name = datasetName(config);
  await checkName(name, config);
  try {
    const whole = isOwnData(name)
      ? await loadOwnData(name, config, display)
      : await loadPublic(name, config, display);
    const limits = withoutNull({ train: config.limit, test: config.testLimit });
    const dataset = Object.keys(limits).length === 0 ? whole : takeFirst(whole, limits);
    return { ...dataset, normalization: normalizationAs(config, dataset.normalization) };
  } finally {
    await display.stop();
  }
}

async function loadPublic(name: string, config: Config, display: Display): Promise<Dataset> {
  const { dataDir, cacheDir, labels } = config;
  return await loadDataset(name, {
    ...withoutNull({ dataDir, cacheDir, labels }),
    allowUnverified: config.allowUnverified,
    onWarning: warn,
    download: { onProgress: (progress) => display.show(() => describeDownload(progress)) },
  });
}

/** How far a download is. */
export function describeDownload(
  { file, url, receivedBytes, totalBytes }: DownloadProgress,
): Progress {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const sizes = `${megabytes(receivedBytes)} of ${megabytes(totalBytes)} MB`;
  const text = `downloading ${file} from ${new URL(url).host}  ${sizes}`;
  return { done: receivedBytes, total: totalBytes, text };
}

/** The normalization of a config. `unit` keeps only the scale of the dataset's own. */
export function normalizationAs(
  { normalize }: Pick<Config, "normalize">,
  normalization: Normalization,
): Normalization {
  const { scale, mean, std } = normalization;
  if (normalize === "standard") return normalization;
  return { scale, mean: mean.map(() => 0), std: std.map(() => 1) };
}

/**
 * For your own data, replaces the normalization by one measured on the training samples only,
 * without the validation and test splits.
 */
export function withMeasuredNormalization<T extends Dataset>(dataset: T, config: Config): T {
  if (!isOwnData(datasetName(config))) return dataset;
  return { ...dataset, normalization: normalizationAs(config, measureNormalization(dataset)) };
}

/** A setting that holds out samples, and what it is called. */
type Holding = Pick<Config, "validation" | "testSplit" | "seed" | "dataset" | "model">;

/**
 * Holds out the test and validation samples that a config asks for.
 * @throws {UsageError} if the dataset has such a split already, no sample is held out, or none is
 *   left to train on
 */
export function withHeldOut(dataset: Dataset, config: Holding): Dataset | DatasetWithValidation {
  return withValidation(withTestSplit(dataset, config), config);
}

function withTestSplit(dataset: Dataset, config: Holding): Dataset {
  const { testSplit, seed } = config;
  if (testSplit === null) return dataset;
  if (dataset.test.count > 0) {
    throw new UsageError(
      `Cannot use --test-split ${testSplit}: ${dataset.name} has a test split of ` +
        `${dataset.test.count} samples`,
    );
  }
  const count = heldCount("--test-split", testSplit, dataset.train.count);
  // another seed than that of the validation split
  const held = holdOut(dataset, { count, seed: (seed + 1) % 2 ** 32, stratified: true });
  checkClassesKept("--test-split", testSplit, dataset, held);
  const { validation: test, ...rest } = held;
  const given = "validation" in dataset ? { validation: dataset.validation } : {};
  return { ...rest, ...given, test };
}

function withValidation(dataset: Dataset, config: Holding): Dataset | DatasetWithValidation {
  const { validation, seed } = config;
  if (validation === null) return dataset;
  if ("validation" in dataset) {
    throw new UsageError(
      `Cannot use --validation ${validation}: ${dataset.name} has a validation split`,
    );
  }
  const count = heldCount("--validation", validation, dataset.train.count);
  if (!isOwnData(datasetName(config))) return holdOut(dataset, { count, seed });
  const held = holdOut(dataset, { count, seed, stratified: true });
  checkClassesKept("--validation", validation, dataset, held);
  return held;
}

/** Refuses to hold out all samples of a class, which training would then never see. */
function checkClassesKept(flag: string, value: number, whole: Dataset, rest: Dataset): void {
  const kept = new Set(rest.train.y);
  const lost = [...new Set(whole.train.y)].filter((label) => !kept.has(label)).sort((a, b) =>
    a - b
  );
  if (lost.length === 0) return;
  const names = lost.map((label) => whole.classNames[label] ?? String(label)).map(escapeName);
  const shown = names.slice(0, 10).join(", ") + (names.length > 10 ? ", and others" : "");
  throw new UsageError(
    `Cannot use ${flag} ${value}: every class must keep training samples: ` +
      `current classes without any are ${shown}`,
  );
}

/** The number of samples that a fraction or a number means. */
function heldCount(flag: string, held: number, total: number): number {
  const count = held < 1 ? Math.round(held * total) : held;
  if (count >= 1 && count < total) return count;
  throw new UsageError(
    `Cannot use ${flag} ${held}: some of the ${total} training samples must be held out ` +
      `and some must remain: current number held out is ${count}`,
  );
}

/** Refuses a name that is neither a dataset nor a path, and settings that do not apply. */
async function checkName(name: string, config: Config): Promise<void> {
  checkOwnSettings(name, config);
  if (!isOwnData(name) || /[./\\]/.test(name) || await exists(name)) return;
  throw new UsageError(
    `Cannot use --dataset ${name}: it must be one of ${
      datasetNames.join(", ")
    }, or the path of a ` +
      `folder of images or of a .csv, .npz, or .safetensors file${didYouMean(name, datasetNames)}`,
  );
}
