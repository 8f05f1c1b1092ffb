import { z } from "zod";
import { JsonError, parseJson } from "../checkpoint/mod.ts";
import type { EndMetric, EpochMetric, LayersMetric, Metric, StepMetric } from "./metric.ts";

const number = z.number();
/** JSON has no NaN or infinity, so a loss that diverged is written as `null`. */
const loose = number.nullable().transform((value) => value ?? NaN);
const optional = <T extends z.ZodType>(schema: T) => schema.exactOptional();
const count = z.int().nonnegative();
const place = { arm: z.string(), epoch: number, step: count, seconds: number };

/** Measurements on the validation and test splits. */
const scores = {
  validationLoss: optional(loose),
  validationError: optional(loose),
  testLoss: number.nullable(),
  testError: number.nullable(),
};

// fields added by later versions are kept
const stepSchema: z.ZodType<StepMetric> = z.looseObject({
  ...place,
  kind: z.literal("step"),
  loss: loose,
  accuracy: loose,
  learningRate: loose,
  imagesPerSecond: optional(loose),
  communicationShare: optional(loose),
  gsgd: optional(z.looseObject({
    smallestPathValue: loose,
    signChanges: number,
    clamped: number,
    ratios: z.array(number),
  })),
});

const epochSchema: z.ZodType<EpochMetric> = z.looseObject({
  ...place,
  kind: z.literal("epoch"),
  trainLoss: loose,
  trainAccuracy: loose,
  ...scores,
});

const endSchema: z.ZodType<EndMetric> = z.looseObject({
  ...place,
  kind: z.literal("end"),
  trainLoss: loose,
  trainError: loose,
  ...scores,
  imagesPerSecond: loose,
  best: optional(z.looseObject({
    epoch: number,
    step: count,
    validationError: loose,
    testError: number.nullable(),
  })),
  stoppedEarly: optional(z.boolean()),
  plan: optional(z.looseObject({
    dispatches: number,
    temporaryBytes: number,
    keptBytes: optional(number),
  })),
  gsgd: optional(z.looseObject({ smallestPathValue: loose, signChanges: number })),
});

const histogram = z.looseObject({ low: loose, high: loose, counts: z.array(count) });

const norms = { weightNorm: loose, gradientNorm: loose };

const layersSchema: z.ZodType<LayersMetric> = z.looseObject({
  ...place,
  kind: z.literal("layers"),
  samples: count,
  ...norms,
  parameters: z.array(z.looseObject({
    name: z.string(),
    ...norms,
    weights: optional(histogram),
    gradients: optional(histogram),
  })),
});

const schemas: ReadonlyMap<unknown, z.ZodType<Metric>> = new Map<unknown, z.ZodType<Metric>>([
  ["step", stepSchema],
  ["epoch", epochSchema],
  ["end", endSchema],
  ["layers", layersSchema],
]);

/** A line of `metrics.jsonl`. */
export interface MetricLine {
  /** The line as written, without its line feed. */
  readonly text: string;
  /** The parsed JSON. Numbers that are not finite are `null`. */
  readonly data: object;
  /** The metric; `undefined` for unknown kinds, which later versions may add. */
  readonly metric: Metric | undefined;
}

/** A line of `metrics.jsonl` is not a metric. */
export class MetricsError extends Error {
  /** Name of the class. */
  override readonly name = "MetricsError";
}

/**
 * Parses and validates a line.
 * @throws {MetricsError} if it is not a metric
 */
export function readMetric(text: string): MetricLine {
  const data = objectIn(text);
  const schema = schemas.get(data.kind);
  if (schema === undefined) {
    if (typeof data.kind === "string") return { text, data, metric: undefined };
    throw new MetricsError("kind must be a string");
  }
  const result = schema.safeParse(data);
  if (result.success) return { text, data, metric: result.data };
  const { path = [], message = "" } = result.error.issues[0] ?? {};
  throw new MetricsError(`${path.join(".")}: ${message}`);
}

/**
 * Parses the text of `metrics.jsonl`. A last line without a line feed that cannot be parsed is
 * skipped: it may be incomplete because it is being written or because the machine crashed.
 *
 * @param path path of the file, for error messages
 * @throws {MetricsError} if another line is not a metric
 */
export function readMetrics(text: string, path: string): readonly MetricLine[] {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    if (line === "") return [];
    try {
      return [readMetric(line)];
    } catch (error) {
      if (!(error instanceof MetricsError)) throw error;
      if (i === lines.length - 1) return [];
      throw new MetricsError(
        `Cannot read ${path}: line ${i + 1} is not a metric: ${error.message}`,
      );
    }
  });
}

function objectIn(text: string): { readonly kind?: unknown } {
  try {
    const data = parseJson(text);
    if (typeof data === "object" && data !== null && !Array.isArray(data)) return data;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new MetricsError(error.message.replace(/^Cannot read JSON: /, ""));
  }
  throw new MetricsError("it must be a JSON object");
}
