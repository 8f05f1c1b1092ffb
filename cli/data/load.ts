import {
  type Dataset,
  datasetNames,
  type DatasetWithValidation,
  type DownloadProgress,
  holdOut,
  loadDataset,
  measureNormalization,
  type Normalization,
} from "../../datasets/mod.ts";
import { didYouMean } from "../../graph/nearest_name.ts";
import type { Config } from "../settings/config.ts";
import { datasetName } from "./known_datasets.ts";
import type { Display, Progress } from "../display.ts";
import { UsageError } from "../errors.ts";
import { warn } from "../output.ts";

/** Loads the dataset of a config, and shows the progress of downloads. */
export async function load(config: Config, display: Display): Promise<Dataset> {
  const name = datasetName(config);
  checkName(name, config);
  const { limit, testLimit, dataDir, cacheDir, labels, classes, testDataset, layout } = config;
  try {
    const dataset = await loadDataset(name, {
      limit: {
        ...(limit !== null && { train: limit }),
        ...(testLimit !== null && { test: testLimit }),
      },
      ...(dataDir !== null && { dataDir }),
      ...(cacheDir !== null && { cacheDir }),
      ...(labels !== null && { labels }),
      allowUnverified: config.allowUnverified,
      onWarning: warn,
      download: { onProgress: (progress) => display.show(() => describeDownload(progress)) },
      safetensors: {
        ...(classes !== null && { classes }),
        ...(testDataset !== null && { test: testDataset }),
        ...(layout !== null && { layout }),
      },
    });
    return { ...dataset, normalization: normalizationAs(config, dataset.normalization) };
  } finally {
    await display.stop();
  }
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
 * For a dataset from a file, replaces the normalization by one measured on the training samples
 * only, without the validation and test splits.
 */
export function withMeasuredNormalization<T extends Dataset>(dataset: T, config: Config): T {
  if (!isDataFile(datasetName(config))) return dataset;
  return { ...dataset, normalization: normalizationAs(config, measureNormalization(dataset)) };
}

/** Whether a dataset is a file of the user. */
export function isDataFile(name: string): boolean {
  return name.endsWith(".safetensors");
}

/**
 * Holds out the validation samples that a config asks for.
 * @throws {UsageError} if no sample is held out, or none is left to train on
 */
export function withValidation(
  dataset: Dataset,
  { validation, seed }: Pick<Config, "validation" | "seed">,
): Dataset | DatasetWithValidation {
  if (validation === null) return dataset;
  const total = dataset.train.count;
  const count = validation < 1 ? Math.round(validation * total) : validation;
  if (count >= 1 && count < total) return holdOut(dataset, { count, seed });
  throw new UsageError(
    `Cannot use --validation ${validation}: some of the ${total} training samples must be held out ` +
      `and some must remain: current number held out is ${count}`,
  );
}

function checkName(name: string, { testDataset, layout }: Config): void {
  const isFile = isDataFile(name);
  if (layout !== null && !isFile) {
    throw new UsageError(
      `Cannot use --layout with --dataset ${name}: it belongs to a .safetensors dataset`,
    );
  }
  if (testDataset !== null && !isFile) {
    throw new UsageError(
      `Cannot use --test-dataset with --dataset ${name}: it belongs to a .safetensors dataset`,
    );
  }
  if (isFile || datasetNames.includes(name)) return;
  throw new UsageError(
    `Cannot use --dataset ${name}: it must be one of ${
      datasetNames.join(", ")
    }, or the path of a ` +
      `.safetensors file${didYouMean(name, datasetNames)}`,
  );
}
