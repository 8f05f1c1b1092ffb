/**
 * ONNX files, both ways. `export/` writes a traced model with one row per op; `import/` builds a model
 * from a file with one row per operator; `file/` reads and writes the format itself, as plain data.
 * @module
 */
import "../graph/dispose.ts";
export { OnnxError, type OnnxErrorOptions } from "./errors.ts";
export {
  exportOnnx,
  type OnnxFileOptions,
  type OnnxInputsOptions,
  onnxModel,
  type OnnxOptions,
} from "./export/export.ts";
export type { Exportable, OnnxInput, OnnxInputDType, OnnxOutputs } from "./export/signature.ts";
export { importOnnx } from "./import/import.ts";
export type { ImportOnnxOptions } from "./import/program.ts";
export { type NamedTensors, OnnxModule } from "./import/module.ts";
export { decodeOnnxModel } from "./file/decode.ts";
export { encodeOnnxModel } from "./file/encode.ts";
export {
  type OnnxAttribute,
  type OnnxDType,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
  OPSET,
} from "./file/model.ts";
