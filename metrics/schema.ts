import { z } from "zod";
import { JsonError, parseJson } from "../checkpoint/mod.ts";
import type { EndMetric, EpochMetric, Metric, StepMetric } from "./metric.ts";

const number = z.number();
/** JSON has no number for what is infinite or undefined, such as a loss that diverged. */
const loose = number.nullable().transform((value) => value ?? NaN);
const optional = <T extends z.ZodType>(schema: T) => schema.exactOptional();
const count = z.int().nonnegative();
const place = { arm: z.string(), epoch: number, step: count, seconds: number };

/** What is measured on the validation split, if there is one, and on the test split. */
const scores = {
  validationLoss: optional(loose),
  validationError: optional(loose),
  testLoss: number.nullable(),
  testError: number.nullable(),
};

// what a later version adds to a line is kept
const stepSchema: z.ZodType<StepMetric> = z.looseObject({
  ...place,
  kind: z.literal("step"),
  loss: loose,
  accuracy: loose,
  learningRate: loose,
  imagesPerSecond: optional(loose),
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

const schemas: ReadonlyMap<unknown, z.ZodType<Metric>> = new Map<unknown, z.ZodType<Metric>>([
  ["step", stepSchema],
  ["epoch", epochSchema],
  ["end", endSchema],
]);

/** A line of `metrics.jsonl`. */
export interface MetricLine {
  /** The line as it was written, without its line feed. */
  readonly text: string;
  /** The same as parsed JSON, in which numbers that are not finite are `null`. */
  readonly data: object;
  /** What it says; `undefined` for a kind of line that a later version may have added. */
  readonly metric: Metric | undefined;
}

/** A line of `metrics.jsonl` is not a metric. */
export class MetricsError extends Error {
  /** The class's name, as messages show it. */
  override readonly name = "MetricsError";
}

/**
 * Reads one line: the only place that says what a metric is.
 * @throws {MetricsError} saying what is wrong with it
 */
export function readMetric(text: string): MetricLine {
  const data = objectIn(text);
  const schema = schemas.get(data.kind);
  if (schema === undefined) {
    if (typeof data.kind === "string") return { text, data, metric: undefined };
    throw new MetricsError("kind must be a text");
  }
  const result = schema.safeParse(data);
  if (result.success) return { text, data, metric: result.data };
  const { path = [], message = "" } = result.error.issues[0] ?? {};
  throw new MetricsError(`${path.join(".")}: ${message}`);
}

/**
 * Reads the text of `metrics.jsonl`. The last line may be torn while it is written, or because the
 * machine went down, and is left out then.
 *
 * @param path what messages call the file
 * @throws {MetricsError} naming a line that is not a metric
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
