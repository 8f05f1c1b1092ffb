/**
 * G-SGD [Meng 2019]: stochastic gradient descent on the values of basis paths, which do not
 * see a rescaling of hidden units, as a pass over the graph of a training step.
 * @module
 */
export { gsgd, type GsgdOptions, type GsgdPlan, planGsgd } from "./gsgd.ts";
export type { SkeletonOptions } from "./tag_skeleton.ts";
export type { Segmentation } from "./segmentation.ts";
export {
  type ConservationCheck,
  conservationCheck,
  conservationTolerance,
} from "./conservation_check.ts";
export {
  formatReason,
  formatReport,
  type GsgdReport,
  type ParameterReport,
  type PinnedReport,
  type Reason,
  type ReasonCode,
  type SegmentReport,
  type WeightClass,
} from "./report.ts";
export {
  initializeSkeleton,
  type InitializeSkeletonOptions,
  type SkeletonInit,
} from "./initialize_skeleton.ts";
export { rescaleNodes, type RescaleOptions } from "./rescale_nodes.ts";
export { frozenSkeleton } from "./frozen_skeleton.ts";
export { type NamedValues, pathValues, relativeDifference } from "./host_path_values.ts";
export { countersOf, gsgdTelemetry, type Telemetry } from "./telemetry.ts";
export { ratioEdges, ratioHistogram, type RatioTelemetry, resetRatios } from "./ratio_telemetry.ts";
export type { RatioClamp } from "./weight_allocation.ts";
export type { ScaleNode, Skeleton, SkeletonEdge, SkeletonTensor } from "./skeleton.ts";
export type { EdgeKind } from "./trace_scales.ts";
export type { ScaleMap } from "./scale_map.ts";
