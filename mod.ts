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
 * const model = gs.initialize(
 *   new gs.Sequential([new gs.Linear(4, 8), new gs.ReLU(), new gs.Linear(8, 3)]),
 *   { seed: 1 },
 * );
 * const optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.1 }));
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
 *
 * optimizer[Symbol.dispose]();
 * for (const variable of model.parameters()) variable[Symbol.dispose]();
 * ```
 *
 * @module
 */
export {
  arange,
  compile,
  Compiled,
  type CompileOptions,
  concat,
  evaluate,
  type EvaluateOptions,
  f32,
  full,
  grad,
  gradients,
  gradientsOf,
  i32,
  type Loss,
  type Nested,
  ones,
  Parameter,
  readVariables,
  resolveBackend,
  setBackend,
  Tensor,
  tensor,
  type TensorLike,
  trace,
  type Traced,
  type Updates,
  valueAndGrad,
  Variable,
  variableOf,
  vjp,
  where,
  zeros,
} from "./autograd/mod.ts";
export {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BasicBlock,
  type BasicBlockOptions,
  BatchNorm,
  BatchNorm1d,
  BatchNorm2d,
  type BatchNormOptions,
  Conv2d,
  type Conv2dLayerOptions,
  type ConvNetOptions,
  countCorrect,
  crossEntropy,
  type CrossEntropyOptions,
  crossEntropyPerSample,
  Dropout,
  fanInUniform,
  Flatten,
  type ForwardContext,
  GELU,
  GlobalAvgPool2d,
  GroupNorm,
  heNormal,
  inference,
  initialize,
  type InitializeOptions,
  type Initializer,
  type InitializerContext,
  LayerNorm,
  layerSummaries,
  type LayerSummary,
  LeakyReLU,
  Linear,
  type LinearOptions,
  MaxPool2d,
  Module,
  mse,
  type NormOptions,
  onesInit,
  type ParameterSpec,
  PlainNet,
  RandomStream,
  ReLU,
  ResidualNet,
  ResNet,
  Sequential,
  type Shortcut,
  Sigmoid,
  summary,
  Tanh,
  Upsample,
  VGG,
  zerosInit,
} from "./layers/mod.ts";
export {
  adam,
  type AdamOptions,
  adamW,
  chain,
  clipByGlobalNorm,
  clipByValue,
  constant,
  cosine,
  type Decay,
  type DecayOptions,
  formatPathSgdReport,
  formatReport,
  frozenSkeleton,
  globalNorm,
  type GradientTransform,
  gsgd,
  type GsgdOptions,
  type GsgdPlan,
  type GsgdReport,
  gsgdTelemetry,
  initializeSkeleton,
  type InitializeSkeletonOptions,
  type LearningRate,
  linear,
  type MeanSquareOptions,
  type MomentsOptions,
  momentum,
  type MomentumOptions,
  multiStep,
  type MultiStepOptions,
  type NamedValues,
  Optimizer,
  type ParameterReport,
  pathSgd,
  type PathSgdOptions,
  type PathSgdParameter,
  type PathSgdPlan,
  type PathSgdReport,
  pathValues,
  perParameter,
  planGsgd,
  planPathSgd,
  rateAt,
  type RatioClamp,
  relativeDifference,
  rescaleNodes,
  type RescaleOptions,
  rmsProp,
  type RmsPropOptions,
  scaleByAdam,
  scaleByLearningRate,
  scaleByRms,
  type Schedule,
  sgd,
  type SgdOptions,
  type SkeletonInit,
  type StateSlot,
  stepDecay,
  type StepDecayOptions,
  type Telemetry,
  type TransformContext,
  type TransformInput,
  type TransformResult,
  warmUp,
  type WarmUpOptions,
  weightDecay,
} from "./optim/mod.ts";
export { type DeviceName, openBackend, type OpenBackendOptions } from "./device/mod.ts";
export { openCpu } from "./cpu/mod.ts";
export { openGpu, type OpenGpuOptions } from "./gpu/mod.ts";
export {
  type Dataset,
  datasetNames,
  type DatasetWithValidation,
  features,
  holdOut,
  type HoldOutOptions,
  loadDataset,
  type LoadDatasetOptions,
  planBatches,
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
  fromTyped,
  readFileChecked,
  toFloat32,
  toInt32,
  writeFileAtomic,
} from "./checkpoint/mod.ts";
export { exportOnnx, OnnxError, type OnnxOptions } from "./onnx/mod.ts";
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
