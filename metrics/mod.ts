/**
 * The lines of `metrics.jsonl`: what they say, and the one reader of them.
 * @module
 */
export type {
  Best,
  EndMetric,
  EpochMetric,
  GsgdCounts,
  GsgdWindow,
  Metric,
  StepMetric,
  StepPlan,
} from "./metric.ts";
export { type MetricLine, MetricsError, readMetric, readMetrics } from "./schema.ts";
