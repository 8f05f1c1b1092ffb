import { formatReason, type GsgdReport } from "../../optim/mod.ts";
import { duration, percent, thousands } from "../display.ts";
import type { EndMetric, EpochMetric, Metric, StepMetric } from "../metrics.ts";
import { describeCounts } from "../results.ts";
import { escapeHtml } from "./escape_html.ts";
import { lineChart, type Series } from "./line_chart.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

/** What a report is made of. */
export interface ReportData {
  readonly title: string;
  /** Model, data, device and length in one sentence each. */
  readonly facts: readonly string[];
  readonly arms: readonly { readonly name: string; readonly firstWeights: string }[];
  readonly metrics: readonly Metric[];
  /** What may be said of the comparison. */
  readonly note: string;
  /** What G-SGD does with each weight, if it is used. */
  readonly gsgd?: GsgdReport;
  readonly config: string;
}

/** The report as one HTML file that needs nothing else. */
export function reportPage(data: ReportData): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(data.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(data.title)}</h1>
${data.facts.map((fact) => `<p class="soft">${escapeHtml(fact)}</p>`).join("\n")}
<h2>Result</h2>
<div class="card">${resultsOf(data)}</div>
<p class="soft">${escapeHtml(data.note)}</p>
${legendOf(data)}
<div class="charts">
${chartsOf(data)}
</div>
${numbersOf(data)}
${gsgdOf(data)}
<h2>Settings</h2>
<div class="card"><pre>${escapeHtml(data.config)}</pre></div>
</main>
<script>${script}</script>
</body>
</html>
`;
}

const colorOf = ({ arms }: ReportData, name: string): number =>
  arms.findIndex((arm) => arm.name === name) + 1;

function swatch(color: number): string {
  return `<span class="s${color}"><span class="swatch"></span></span>`;
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[], texts: number) {
  const cell = (tag: string) => (content: string, i: number) =>
    `<${tag}${i < texts ? ' class="text"' : ""}>${content}</${tag}>`;
  return `<table><thead><tr>${header.map(cell("th")).join("")}</tr></thead><tbody>${
    rows.map((row) => `<tr>${row.map(cell("td")).join("")}</tr>`).join("\n")
  }</tbody></table>`;
}

function resultsOf(data: ReportData): string {
  const ends = data.metrics.filter((metric): metric is EndMetric => metric.kind === "end");
  const rows = data.arms.flatMap(({ name, firstWeights }) => {
    const end = ends.find(({ arm }) => arm === name);
    const head = [`${swatch(colorOf(data, name))}${escapeHtml(name)}`, escapeHtml(firstWeights)];
    if (!end) return [[...head, "not finished", "", "", "", "", ""]];
    return [[
      ...head,
      end.trainLoss.toFixed(4),
      percent(end.trainError),
      end.testLoss === null ? "–" : end.testLoss.toFixed(4),
      end.testError === null ? "–" : percent(end.testError),
      end.seconds < 60 ? `${end.seconds.toFixed(1)} s` : duration(end.seconds),
      thousands(end.imagesPerSecond),
    ]];
  });
  const header = [
    "optimizer",
    "first weights",
    "train loss",
    "train error",
    "test loss",
    "test error",
    "time",
    "images/s",
  ];
  return tableOf(header, rows, 2);
}

function legendOf(data: ReportData): string {
  const buttons = data.arms.map(({ name }) =>
    `<button type="button" aria-pressed="true" data-name="${escapeHtml(name)}">${
      swatch(colorOf(data, name))
    }${escapeHtml(name)}</button>`
  );
  return `<div class="legend">${buttons.join("\n")}</div>`;
}

/** One curve for each arm, of a number that may be missing. */
function seriesOf<M extends Metric>(
  data: ReportData,
  metrics: readonly M[],
  value: (metric: M) => number | null,
): Series[] {
  return data.arms.map(({ name }) => ({
    name,
    color: colorOf(data, name),
    points: metrics.filter(({ arm }) => arm === name).flatMap((metric) => {
      const y = value(metric);
      return y === null || !Number.isFinite(y) ? [] : [{ x: metric.epoch, y }];
    }),
  }));
}

function chartsOf(data: ReportData): string {
  const steps = data.metrics.filter((metric): metric is StepMetric => metric.kind === "step");
  const epochs = data.metrics.filter((metric): metric is EpochMetric => metric.kind === "epoch");
  return [
    lineChart(seriesOf(data, steps, ({ loss }) => loss), {
      id: "train-loss",
      title: "Training loss, mean over the last steps",
      xLabel: "epoch",
      yLabel: "cross-entropy",
      decimals: 4,
    }),
    validationChart(data, epochs),
    lineChart(seriesOf(data, epochs, ({ testError }) => share(testError)), {
      id: "test-error",
      title: "Test error after each epoch",
      xLabel: "epoch",
      yLabel: "%",
      decimals: 2,
      unit: " %",
      dots: true,
    }),
    differenceChart(data, epochs),
    lineChart(seriesOf(data, epochs, ({ testLoss }) => testLoss), {
      id: "test-loss",
      title: "Test loss after each epoch",
      xLabel: "epoch",
      yLabel: "cross-entropy",
      decimals: 4,
      dots: true,
    }),
  ].join("\n");
}

function share(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : 100 * value;
}

function validationChart(data: ReportData, epochs: readonly EpochMetric[]): string {
  return lineChart(seriesOf(data, epochs, ({ validationError }) => share(validationError)), {
    id: "validation-error",
    title: "Validation error after each epoch",
    xLabel: "epoch",
    yLabel: "%",
    decimals: 2,
    unit: " %",
    dots: true,
  });
}

/**
 * Arms with the same first weights see the same batches in the same order, so that their losses
 * can be compared in pairs.
 */
function differenceChart(data: ReportData, epochs: readonly EpochMetric[]): string {
  const base = ["sgd-skeleton", "sgd"].find((name) => data.arms.some((arm) => arm.name === name)) ??
    data.arms[0]!.name;
  const start = data.arms.find(({ name }) => name === base)?.firstWeights;
  const others = data.arms.filter(({ name, firstWeights }) =>
    name !== base && firstWeights === start
  );
  if (others.length === 0) return "";
  const baseLoss = new Map(
    epochs.filter(({ arm }) => arm === base).map(({ epoch, trainLoss }) => [epoch, trainLoss]),
  );
  const series = others.map(({ name }) => ({
    name,
    color: colorOf(data, name),
    points: epochs.filter(({ arm }) => arm === name).flatMap(({ epoch, trainLoss }) => {
      const reference = baseLoss.get(epoch);
      return reference === undefined ? [] : [{ x: epoch, y: trainLoss - reference }];
    }),
  }));
  return lineChart(series, {
    id: "difference",
    title: `Training loss of an epoch, minus that of ${base} (same first weights)`,
    xLabel: "epoch",
    yLabel: "difference (below 0: better)",
    decimals: 4,
    dots: true,
  });
}

function numbersOf(data: ReportData): string {
  const epochs = data.metrics.filter((metric): metric is EpochMetric => metric.kind === "epoch");
  const rows = epochs.map((metric) => [
    escapeHtml(metric.arm),
    String(Number(metric.epoch.toFixed(3))),
    String(metric.step),
    metric.trainLoss.toFixed(4),
    percent(metric.trainAccuracy),
    metric.testLoss === null ? "–" : metric.testLoss.toFixed(4),
    metric.testError === null ? "–" : percent(metric.testError),
    metric.seconds.toFixed(1),
  ]);
  const header = [
    "optimizer",
    "epoch",
    "step",
    "train loss",
    "train accuracy",
    "test loss",
    "test error",
    "seconds",
  ];
  return `<details><summary>The numbers behind the curves</summary><div class="card">${
    tableOf(header, rows, 1)
  }</div></details>`;
}

function gsgdOf({ gsgd, metrics }: ReportData): string {
  if (!gsgd) return "";
  const rows = gsgd.parameters.map((parameter) => [
    escapeHtml(parameter.name),
    parameter.class,
    parameter.reason ? `plain update: ${escapeHtml(formatReason(parameter.reason))}` : "G-space",
    parameter.shape.join("×"),
    String(parameter.edges),
    String(parameter.free),
    String(parameter.trained),
    parameter.segment === undefined ? "–" : String(parameter.segment),
  ]);
  const header = [
    "parameter",
    "class",
    "update",
    "shape",
    "weights",
    "free",
    "trained skeleton",
    "segment",
  ];
  const counts = metrics.flatMap((metric) =>
    metric.kind === "end" && metric.gsgd ? [describeCounts(metric.gsgd)] : []
  );
  return `<h2>What G-SGD does with each weight</h2>
<div class="card">${tableOf(header, rows, 3)}</div>
<p class="soft">m = ${gsgd.edges} weights, H = ${gsgd.nodes} hidden units (scale nodes), H/m = ${
    percent(gsgd.invariantRatio)
  }. ${gsgd.nodes} free skeleton weights never change, ${gsgd.trained} trained ones are found from
their path values; the network has ${gsgd.basisPaths} basis paths.</p>
${counts.map((text) => `<p class="soft">${escapeHtml(text)}</p>`).join("\n")}`;
}
