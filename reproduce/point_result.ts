import { z } from "zod";
import { parseJson } from "../checkpoint/mod.ts";
import { type EpochMetric, readMetrics, type StepMetric } from "../metrics/mod.ts";
import { object, strict } from "./schemas.ts";

const number = z.number();
const optional = number.nullable().optional().transform((value) => value ?? null);

const end = object({
  step: number,
  trainLoss: number,
  trainError: number,
  testLoss: optional,
  testError: optional,
  validationError: optional,
  /** Training throughput, without the first log lines, in which the device warms up. */
  imagesPerSecond: number,
  /** Number of sign changes of trained skeleton weights, and their smallest absolute value. */
  signChanges: optional,
  smallestPathValue: optional,
});

const resultSchema = strict({
  status: z.enum(["done", "diverged"]),
  /** The reason, if it diverged. */
  message: z.string().nullable(),
  device: z.string(),
  /** Seconds of training. */
  seconds: number,
  /** ISO 8601. */
  finished: z.string(),
  /** `null` if it diverged. */
  end: end.nullable(),
  /** The lowest test error at the end of an epoch. */
  best: strict({ epoch: number, testError: number }).nullable(),
  /** m and H as reported by G-SGD, if it was used. */
  space: strict({ weights: number, scaleNodes: number }).nullable(),
});

/** The final numbers of a run, in the units of `metrics.jsonl`: shares, not percent. */
type PointEnd = z.infer<typeof end>;

/** The result of one run: the contents of `result.json` in its folder. */
export interface PointResult extends z.infer<typeof resultSchema> {
  /** Difference from its twin, the run from the same function with different weight scales. */
  readonly twin?: TwinDifference | undefined;
}

/** The difference between two runs from the same function. */
export interface TwinDifference {
  /** max |a − b| / max |b| over the values of all basis paths; `null` if a value is not finite. */
  readonly pathDifference: number | null;
  /** Difference of the train losses, relative to the reference. */
  readonly lossDifference: number | null;
}

/** Parses the text of a `result.json`; `undefined` if it is invalid. */
export function parseResult(text: string): PointResult | undefined {
  try {
    return resultSchema.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}

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
    last = end.safeParse({ ...metric, ...metric.gsgd }).data; // rejects numbers that are not finite
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
