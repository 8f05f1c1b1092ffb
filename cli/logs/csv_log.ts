import { appendFileChecked } from "../../checkpoint/mod.ts";
import { writeText } from "../files.ts";
import type { Metric } from "../../metrics/mod.ts";
import type { MetricsCopy } from "../results/metrics.ts";
import { type Value, type ValueName, valuesOf } from "./values.ts";

/** The columns, from left to right: all values of all kinds of lines. */
const columns: Readonly<Record<ValueName<Metric>, true>> = {
  kind: true,
  arm: true,
  epoch: true,
  step: true,
  seconds: true,
  learningRate: true,
  loss: true,
  accuracy: true,
  trainLoss: true,
  trainAccuracy: true,
  trainError: true,
  validationLoss: true,
  validationError: true,
  testLoss: true,
  testError: true,
  imagesPerSecond: true,
  communicationShare: true,
  stoppedEarly: true,
  "best.epoch": true,
  "best.step": true,
  "best.validationError": true,
  "best.testError": true,
  "plan.dispatches": true,
  "plan.temporaryBytes": true,
  "plan.keptBytes": true,
  "gsgd.smallestPathValue": true,
  "gsgd.signChanges": true,
  "gsgd.clamped": true,
  samples: true,
  weightNorm: true,
  gradientNorm: true,
};

const names: readonly string[] = Object.keys(columns);

/** Starts a table with a row for each line so far. Cells of missing values are empty. */
export async function openCsvLog(path: string, lines: readonly Metric[]): Promise<MetricsCopy> {
  const text = [`${names.join()}\n`, ...lines.map(rowOf)].join("");
  await writeText(path, text);
  return {
    add: (metric) => appendFileChecked(path, new TextEncoder().encode(rowOf(metric))),
  };
}

function rowOf(metric: Metric): string {
  const values = valuesOf(metric);
  return `${names.map((name) => cell(values.get(name) ?? "")).join()}\n`;
}

/** RFC 4180: text with a separator is quoted. */
function cell(value: Value): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
