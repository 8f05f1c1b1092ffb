/**
 * G-SGD [Meng 2019]: stochastic gradient descent on the values of basis paths, which are
 * invariant to a rescaling of hidden units, as a pass over the graph of a training step.
 * @module
 */
export { gsgd, type GsgdPlan, planGsgd } from "./step/gsgd.ts";
export type { GsgdOptions } from "./step/gsgd_options.ts";
export type { SkeletonOptions } from "./skeleton/skeleton_options.ts";
export type { Segmentation } from "./scales/segmentation.ts";
export {
  type ConservationCheck,
  conservationCheck,
  conservationTolerance,
} from "./report/conservation_check.ts";
export {
  formatReport,
  type GsgdReport,
  type ParameterReport,
  type PinnedReport,
  type SegmentReport,
  type WeightClass,
} from "./report/report.ts";
export { formatReason, type Reason, type ReasonCode } from "./scales/reason.ts";
export {
  initializeSkeleton,
  type InitializeSkeletonOptions,
  type SkeletonInit,
} from "./skeleton/initialize_skeleton.ts";
export { rescaleNodes, type RescaleOptions } from "./skeleton/rescale_nodes.ts";
export { frozenSkeleton } from "./step/frozen_skeleton.ts";
export { type NamedValues, pathValues, relativeDifference } from "./report/host_path_values.ts";
export { countersOf, gsgdTelemetry, type Telemetry } from "./step/telemetry.ts";
export {
  ratioEdges,
  ratioHistogram,
  type RatioTelemetry,
  resetRatios,
} from "./step/ratio_telemetry.ts";
export type { RatioClamp } from "./step/ratio_clamp.ts";
export type { ScaleNode, Skeleton, SkeletonEdge, SkeletonTensor } from "./skeleton/skeleton.ts";
export type { EdgeKind } from "./scales/weight_uses.ts";
export type { ScaleMap } from "./scales/scale_map.ts";
