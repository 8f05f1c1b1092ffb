import { type EpochMetric, readMetrics, type StepMetric } from "../metrics/mod.ts";
import { endSchema, type PointEnd } from "./point_result.ts";

/** The lines and fields of `metrics.jsonl` that are used. Others are ignored. */
export interface CurveLine {
  readonly kind: "step" | "epoch";
  readonly epoch: number;
  readonly step: number;
  readonly trainLoss: number;
  readonly trainError: number;
  readonly testLoss: number | null;
  readonly testError: number | null;
  readonly seconds: number;
  /** Over the steps of this line; `null` at the end of an epoch. */
  readonly imagesPerSecond: number | null;
  /** Share of that time in sums over the ranks; `null` for one rank. */
  readonly communicationShare: number | null;
}

/** The contents of a run's `metrics.jsonl`. */
interface RunMetrics {
  readonly curve: readonly CurveLine[];
  /** `undefined` if the run has not ended, or ended with numbers that are not finite. */
  readonly end: PointEnd | undefined;
  /** Whether the run has ended. */
  readonly hasEnd: boolean;
}

/**
 * Parses `metrics.jsonl`. The curve leaves out lines with numbers that are not finite, as in a run
 * that diverged.
 * @throws {MetricsError} naming a line that is not a metric
 */
export function parseMetrics(text: string, path: string): RunMetrics {
  const curve: CurveLine[] = [];
  let end: RunMetrics["end"];
  let hasEnd = false;
  for (const { metric } of readMetrics(text, path)) {
    if (metric === undefined || metric.kind === "layers") continue;
    if (metric.kind !== "end") {
      const line = curveLineOf(metric);
      if (Number.isFinite(line.trainLoss) && Number.isFinite(line.trainError)) curve.push(line);
      continue;
    }
    hasEnd = true;
    end = endSchema.safeParse({ ...metric, ...metric.gsgd }).data; // rejects numbers that are not finite
  }
  return { curve, end, hasEnd };
}

function curveLineOf(metric: StepMetric | EpochMetric): CurveLine {
  const { kind, epoch, step, seconds } = metric;
  const place = { kind, epoch, step, seconds };
  if (metric.kind === "step") {
    const { loss, accuracy, imagesPerSecond = null, communicationShare = null } = metric;
    const train = { trainLoss: loss, trainError: 1 - accuracy };
    const pace = { imagesPerSecond, communicationShare };
    return { ...place, ...train, testLoss: null, testError: null, ...pace };
  }
  const { trainLoss, trainAccuracy, testLoss, testError } = metric;
  const pace = { imagesPerSecond: null, communicationShare: null };
  return { ...place, trainLoss, trainError: 1 - trainAccuracy, testLoss, testError, ...pace };
}
