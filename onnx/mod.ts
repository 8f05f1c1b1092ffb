/**
 * Export of models as ONNX files, which run in browsers, on phones, and in most other frameworks.
 * @module
 */
import "../graph/dispose.ts";
export { OnnxError } from "./errors.ts";
export { type Exportable, exportOnnx, onnxModel, type OnnxOptions } from "./export/export.ts";
export {
  encodeOnnxModel,
  type OnnxAttribute,
  type OnnxDType,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
  OPSET,
} from "./file/model.ts";
