/**
 * Datasets: loading, normalizing, shuffling, and batching, all in host memory.
 * @module
 */
import "../graph/dispose.ts";
export type { Bytes, DecodeOptions, FileContents, LabelKind } from "./canonical.ts";
export { datasetHosts } from "./catalog.ts";
export { type ImageLayout, imageLayouts } from "./image_layout.ts";
export { measureNormalization } from "./normalization.ts";
export {
  type Dataset,
  DatasetError,
  type DatasetErrorOptions,
  type DatasetErrorReason,
  features,
  type Normalization,
  type RawArray,
  type SampleColumn,
  sampleSize,
  type Split,
  type SplitSizes,
  takeFirst,
} from "./dataset.ts";
export type { DownloadOptions, DownloadProgress } from "./download.ts";
export {
  type CsvColumns,
  type CsvDatasetOptions,
  type CsvFileOptions,
  datasetFromCsv,
  loadCsvDataset,
} from "./from_csv.ts";
export { datasetFromFiles } from "./from_files.ts";
export {
  datasetFromImages,
  type ImageDatasetOptions,
  type ImageFolderOptions,
  loadImageFolder,
} from "./from_images.ts";
export { datasetFromNpz, loadNpzDataset } from "./from_npz.ts";
export { datasetFromSafetensors, loadSafetensorsDataset } from "./from_safetensors.ts";
export type {
  TensorBytesOptions,
  TensorDatasetOptions,
  TensorFileOptions,
} from "./from_tensors.ts";
export { type DatasetWithValidation, holdOut, type HoldOutOptions } from "./hold_out.ts";
export { datasetNames, loadDataset, type LoadDatasetOptions, normalizationOf } from "./load.ts";
export { checkLabels } from "./labels.ts";
export type { ObtainOptions } from "./obtain.ts";
export { batches, type SampleArray } from "./batches.ts";
export type { ImageFile, ReadProgress } from "./read_images.ts";
export {
  batchIndices,
  type BatchOptions,
  type BatchPlan,
  gatherRows,
  planBatches,
  shuffledOrder,
  type ShuffleOptions,
} from "./shuffle.ts";
export { makeSynthetic, type SyntheticOptions } from "./synthetic.ts";
