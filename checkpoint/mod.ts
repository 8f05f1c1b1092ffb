/**
 * Checkpoints: the safetensors and NumPy formats, and atomic file writes.
 * @module
 */
import "../graph/dispose.ts";
export {
  appendFileChecked,
  type FolderEntry,
  readFileChecked,
  type ReadFileOptions,
  readFolderChecked,
  readListedFile,
  removeLeftovers,
  writeFileAtomic,
} from "./atomic_file.ts";
export {
  type CheckedSafetensors,
  decodeCheckedSafetensors,
  encodeCheckedSafetensors,
} from "./checksum.ts";
export { fromTyped, type TensorArray, toFloat32, toInt32 } from "./convert.ts";
export {
  FileError,
  type FileErrorReason,
  NpyError,
  SafetensorsError,
  type SafetensorsErrorPlace,
} from "./errors.ts";
export { escapeControls, escapeName } from "./escape.ts";
export { JsonError, MAX_JSON_DEPTH, parseJson } from "./json.ts";
export { decodeNpy, encodeNpy } from "./npy.ts";
export { decodeNpz, type DecodeNpzOptions, encodeNpz, type EncodeNpzOptions } from "./npz.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  MAX_HEADER_BYTES,
  type SafetensorsFile,
  type SafetensorsMetadata,
} from "./safetensors.ts";
export { type ReadableVariable, stateDict } from "./save_state.ts";
export {
  formatLoadReport,
  type LoadReport,
  loadStateDict,
  type LoadStateOptions,
  matchStateDict,
  type ShapeMismatch,
  StateDictError,
  type Stateful,
  type StateVariable,
} from "./state_dict.ts";
export { sha256 } from "./sha256.ts";
export type { SafetensorsDType, TensorData } from "./tensor_data.ts";
