/**
 * The op table, grouped by family. Every exported builder carries its row: shape rule,
 * derivative, and lowering.
 * @module
 */
export * from "./arithmetic.ts";
export * from "./broadcast.ts";
export * from "./collective.ts";
export * from "./composite.ts";
export * from "./conv.ts";
export * from "./conv_transpose.ts";
export * from "./elementary.ts";
export * from "./elements_at.ts";
export * from "./flip.ts";
export * from "./functions.ts";
export {
  gather,
  type GatherAttrs,
  type GatherBuilder,
  type GatherFunction,
  oneHot,
  type ScatterAttrs,
  type ScatterBuilder,
  type ScatterFunction,
  scatterMax,
  scatterSum,
} from "./gather.ts";
export * from "./concat.ts";
export { applyUpdate, gradient, stopGradient } from "./markers.ts";
export * from "./matmul.ts";
export * from "./normalize.ts";
export * from "./pool.ts";
export * from "./random.ts";
export * from "./reduce.ts";
export * from "./scan.ts";
export type { ScanAttrs, ScanInputs, ScanPartAttrs } from "../scan/body.ts";
export * from "./softmax.ts";
export * from "./source.ts";
export * from "./views.ts";
export * from "./windows.ts";
export type {
  Conv2dAttrs,
  Conv2dOptions,
  Pair,
  PoolOptions,
  WindowAttrs,
  WindowsAttrs,
} from "./window_options.ts";
export { type BinaryOp, binaryOp, mapOp, type MapRow, type UnaryOp, unaryOp } from "./_map_op.ts";
