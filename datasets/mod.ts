/**
 * Datasets: loading, normalising, shuffling and batching, all in host memory.
 * @module
 */
export {
  type Dataset,
  DatasetError,
  features,
  type Normalization,
  type RawArray,
  sampleSize,
  type Split,
  type SplitSizes,
  takeFirst,
} from "./dataset.ts";
export {
  datasetFromSafetensors,
  loadSafetensorsDataset,
  type SafetensorsDatasetOptions,
  type SafetensorsFileOptions,
} from "./from_safetensors.ts";
export { datasetNames, loadDataset, type LoadDatasetOptions } from "./load.ts";
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
