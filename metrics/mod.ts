/**
 * The lines of `metrics.jsonl`: their types and their parser.
 * @module
 */
import "../graph/dispose.ts";
export type {
  Best,
  EndMetric,
  EpochMetric,
  GsgdCounts,
  GsgdWindow,
  LayersMetric,
  Metric,
  MetricPlace,
  ParameterMetric,
  SplitScores,
  StepMetric,
  StepPlan,
  ValueHistogram,
} from "./metric.ts";
export { type MetricLine, MetricsError, readMetric, readMetrics } from "./schema.ts";
