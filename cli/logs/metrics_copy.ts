import type { Metric } from "../../metrics/mod.ts";

/** A copy of `metrics.jsonl` in another format. */
export interface MetricsCopy {
  /** Adds a line. */
  add(metric: Metric): Promise<void>;
}
