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
  Metric,
  MetricPlace,
  SplitScores,
  StepMetric,
  StepPlan,
} from "./metric.ts";
export { type MetricLine, MetricsError, readMetric, readMetrics } from "./schema.ts";
