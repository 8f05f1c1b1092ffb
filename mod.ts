/**
 * Gspace: neural networks on the GPU through WebGPU or on the CPU through WebAssembly, and
 * G-SGD, stochastic gradient descent in the positively scale-invariant space of a ReLU
 * network.
 *
 * @example One training step
 * ```ts
 * import { assert } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * using backend = await gs.openBackend("cpu");
 * using model = gs.initialize(
 *   new gs.Sequential([new gs.Linear(4, 8), new gs.ReLU(), new gs.Linear(8, 3)]),
 *   { seed: 1 },
 * );
 * using optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.1 }));
 *
 * using step = await gs.compile(
 *   { x: gs.f32([2, 4]), y: gs.i32([2]) },
 *   ({ x, y }) => {
 *     const loss = gs.crossEntropy(model.forward(x), y);
 *     return { outputs: { loss }, updates: optimizer.minimize(loss) };
 *   },
 *   { backend },
 * );
 * const batch = { x: Float32Array.of(1, 0, 0, 1, 0, 1, 1, 0), y: Int32Array.of(0, 2) };
 * step.run(batch);
 * const before = (await step.read()).loss[0]!;
 * for (let i = 0; i < 20; i++) step.run();
 * const after = (await step.read()).loss[0]!;
 * assert(after < before);
 * ```
 *
 * @module
 */
export * from "./autograd/mod.ts";
export { loadProgram, type LoadProgramOptions, ProgramError } from "./program/mod.ts";
export * from "./layers/mod.ts";
export * from "./optim/mod.ts";
export { type DeviceName, nextFrame, openBackend, type OpenBackendOptions } from "./device/mod.ts";
export { CheckError, openCpu } from "./cpu/mod.ts";
export { openGpu, type OpenGpuOptions, whyNoAdapter } from "./gpu/mod.ts";
export {
  batches,
  batchIndices,
  type BatchOptions,
  type BatchPlan,
  type Dataset,
  datasetFromCsv,
  datasetFromImages,
  datasetFromNpz,
  datasetNames,
  type DatasetWithValidation,
  features,
  gatherRows,
  holdOut,
  type HoldOutOptions,
  type ImageDatasetOptions,
  type ImageFile,
  type ImageFolderOptions,
  loadCsvDataset,
  loadDataset,
  type LoadDatasetOptions,
  loadImageFolder,
  loadNpzDataset,
  planBatches,
  type SampleArray,
  type Split,
  takeFirst,
} from "./datasets/mod.ts";
export {
  decodeNpy,
  decodeNpz,
  decodeSafetensors,
  encodeNpy,
  encodeNpz,
  encodeSafetensors,
  formatLoadReport,
  fromTyped,
  type LoadReport,
  loadStateDict,
  readFileChecked,
  type SafetensorsFile,
  stateDict,
  StateDictError,
  type TensorData,
  toFloat32,
  toInt32,
  writeFileAtomic,
} from "./checkpoint/mod.ts";
export {
  decodeImage,
  encodePng,
  ImageError,
  type ImageSize,
  type PixelImage,
  resizeImage,
} from "./formats/mod.ts";
export { type EpochResult, Trainer, type TrainerOptions } from "./train/mod.ts";
export {
  decodeOnnxModel,
  type Exportable,
  exportOnnx,
  importOnnx,
  type ImportOnnxOptions,
  OnnxError,
  type OnnxInput,
  type OnnxInputsOptions,
  OnnxModule,
  type OnnxOptions,
} from "./onnx/mod.ts";
export {
  type Backend,
  DeviceError,
  DeviceLostError,
  type DType,
  DTypeError,
  type Graph,
  GraphError,
  type HostArray,
  inspect,
  type MemoryUse,
  type Node,
  OutOfMemoryError,
  type Pass,
  pipeline,
  type Plan,
  print,
  type Shape,
  ShapeError,
  type TensorType,
  verify,
} from "./graph/mod.ts";
