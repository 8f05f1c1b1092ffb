import { z } from "zod";
import { parseJson } from "../checkpoint/mod.ts";
import { type EpochMetric, readMetrics, type StepMetric } from "../metrics/mod.ts";

/** How a run ended: its numbers as `metrics.jsonl` has them, shares and not percent. */
export interface PointEnd {
  readonly step: number;
  readonly trainLoss: number;
  readonly trainError: number;
  readonly testLoss: number | null;
  readonly testError: number | null;
  readonly validationError: number | null;
  /** Training throughput after the first lines of the log, in which the device warms up. */
  readonly imagesPerSecond: number;
  /** How often a trained skeleton weight changed its sign, and how small it became. */
  readonly signChanges: number | null;
  readonly smallestPathValue: number | null;
}

/** What came of one run: `result.json` of its folder. */
export interface PointResult {
  readonly status: "done" | "diverged";
  /** What went wrong, if it diverged. */
  readonly message: string | null;
  readonly device: string;
  /** Seconds of training. */
  readonly seconds: number;
  /** ISO 8601. */
  readonly finished: string;
  /** `null` if it diverged. */
  readonly end: PointEnd | null;
  /** The lowest test error at the end of an epoch. */
  readonly best: { readonly epoch: number; readonly testError: number } | null;
  /** m and H as G-SGD found them, if it was used. */
  readonly space: { readonly weights: number; readonly scaleNodes: number } | null;
  /** How it differs from its twin, the run from the same function with other weight scales. */
  readonly twin?: TwinDifference | undefined;
}

/** How two runs from one function differ. */
export interface TwinDifference {
  /** max |a − b| / max |b| over the values of all basis paths; `null` if a value is not finite. */
  readonly pathDifference: number | null;
  /** Distance of the train losses, relative to the reference. */
  readonly lossDifference: number | null;
}

const number = z.number();
const optional = number.nullable().optional().transform((value) => value ?? null);

const end: z.ZodType<PointEnd> = z.object({
  step: number,
  trainLoss: number,
  trainError: number,
  testLoss: optional,
  testError: optional,
  validationError: optional,
  imagesPerSecond: number,
  signChanges: optional,
  smallestPathValue: optional,
});

const resultSchema: z.ZodType<PointResult> = z.strictObject({
  status: z.enum(["done", "diverged"]),
  message: z.string().nullable(),
  device: z.string(),
  seconds: number,
  finished: z.string(),
  end: end.nullable(),
  best: z.strictObject({ epoch: number, testError: number }).nullable(),
  space: z.strictObject({ weights: number, scaleNodes: number }).nullable(),
});

/** Reads a `result.json`; `undefined` if the text is none. */
export function parseResult(text: string): PointResult | undefined {
  try {
    return resultSchema.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}

/** The lines of `metrics.jsonl` that are looked at; others, and other fields, are ignored. */
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
}

/** What a run's `metrics.jsonl` says. */
export interface RunMetrics {
  readonly curve: readonly CurveLine[];
  /** `undefined` if it did not come to its end, or ended with numbers that are not finite. */
  readonly end: PointEnd | undefined;
  /** Did it come to its end? */
  readonly hasEnd: boolean;
}

/**
 * Reads `metrics.jsonl`. Lines with numbers that are not finite, as of a run that diverged, are left
 * out of the curve.
 * @throws {MetricsError} naming a line that is not a metric
 */
export function parseMetrics(text: string, path: string): RunMetrics {
  const curve: CurveLine[] = [];
  let last: PointEnd | undefined;
  let hasEnd = false;
  for (const { metric } of readMetrics(text, path)) {
    if (metric === undefined) continue;
    if (metric.kind !== "end") {
      const line = curveLineOf(metric);
      if (Number.isFinite(line.trainLoss) && Number.isFinite(line.trainError)) curve.push(line);
      continue;
    }
    hasEnd = true;
    last = end.safeParse({ ...metric, ...metric.gsgd }).data; // refuses what is not finite
  }
  return { curve, end: last, hasEnd };
}

function curveLineOf(metric: StepMetric | EpochMetric): CurveLine {
  const { kind, epoch, step, seconds } = metric;
  const place = { kind, epoch, step, seconds };
  if (metric.kind === "step") {
    const { loss, accuracy, imagesPerSecond = null } = metric;
    const test = { testLoss: null, testError: null };
    return { ...place, ...test, trainLoss: loss, trainError: 1 - accuracy, imagesPerSecond };
  }
  const { trainLoss, trainAccuracy, testLoss, testError } = metric;
  const test = { testLoss, testError, imagesPerSecond: null };
  return { ...place, ...test, trainLoss, trainError: 1 - trainAccuracy };
}
