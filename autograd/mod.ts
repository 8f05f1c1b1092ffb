/**
 * Tensors, variables, automatic differentiation, tracing, and compilation.
 * @module
 */
import "../graph/dispose.ts";
export { type Sorted, Tensor, type TensorLike } from "./tensor.ts";
export type { Sizes, SortOptions, TopkOptions, VarianceOptions } from "./tensor_options.ts";
export {
  arange,
  eye,
  full,
  linspace,
  meshgrid,
  type MeshgridOptions,
  ones,
  tensor,
  tri,
  zeros,
} from "./creation.ts";
export { concat, stack, where } from "./joining.ts";
export {
  avgPool2d,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  maxPool2d,
} from "./convolution.ts";
export type {
  Conv1dOptions,
  Conv2dOptions,
  Conv3dOptions,
  ConvTranspose1dOptions,
  ConvTranspose2dOptions,
  Pair,
  PoolOptions,
  Triple,
} from "../graph/mod.ts";
export { einsum, tensordot } from "./products.ts";
export { type Unique, unique } from "./unique.ts";
export * as random from "./random.ts";
export { notebookDisplay, type NotebookOutput } from "./notebook_display.ts";
export type { Nested } from "./_arguments.ts";
export type { BufferHolder } from "./binding.ts";
export { Parameter, readVariables, Variable, variableOf } from "./variable.ts";
export { grad, gradientsOf, type Loss, valueAndGrad } from "./grad.ts";
export { checkpoint } from "./checkpoint.ts";
export { scan, type ScanOptions } from "./scan.ts";
export type { Structure } from "./structure.ts";
export { pullBack } from "./pull_back.ts";
export { type Vjp, vjp } from "./vjp.ts";
export { type Jvp, jvp } from "./jvp.ts";
export { vmap, type VmapOptions } from "./vmap.ts";
export { hessian, jacobian, type TensorFunction } from "./jacobian.ts";
export { withRecorded } from "./recorded.ts";
export { evaluate, type EvaluateOptions } from "./evaluate.ts";
export {
  compile,
  type CompileOptions,
  f32,
  i32,
  trace,
  type Traced,
  type TracedFunction,
  type Updates,
} from "./compile.ts";
export { exportProgram, type ExportProgramOptions } from "./export_program.ts";
export {
  type BatchCompileOptions,
  CompiledForBatches,
  compileForBatches,
} from "./compile_for_batches.ts";
export { Compiled, resolveBackend, setBackend } from "../program/mod.ts";
