import type { Axis } from "../figures/mod.ts";
import { matches } from "./expand.ts";
import type { Experiment, FigureSpec, PanelSpec } from "./experiment.ts";
import { armLabel, axesLabel, axesOf, groupBy, type Measured, only, without } from "./measured.ts";
import { metricOf, percent } from "./metrics.ts";
import type { CurveLine } from "./run_metrics.ts";
import { mean, sampleDeviation } from "./statistics.ts";
import type { Figure, Panel } from "./summary.ts";

/** A number that curves show during training. */
interface CurveMetric {
  readonly label: string;
  readonly unit: string;
  readonly of: (line: CurveLine) => number | null;
}

const curveMetrics: Readonly<Record<string, CurveMetric>> = {
  trainLoss: { label: "train loss", unit: "", of: ({ trainLoss }) => trainLoss },
  trainError: { label: "train error", unit: "%", of: ({ trainError }) => percent(trainError) },
  testLoss: { label: "test loss", unit: "", of: ({ testLoss }) => testLoss },
  testError: { label: "test error", unit: "%", of: ({ testError }) => percent(testError) },
  testAccuracy: {
    label: "test accuracy",
    unit: "%",
    of: ({ testError }) => testError === null ? null : 100 * (1 - testError),
  },
};

/** Builds a figure from its specification. */
export function figureOf(
  { panels, ...figure }: FigureSpec,
  experiment: Experiment,
  measured: readonly Measured[],
): Figure {
  return { ...figure, panels: panels.flatMap((panel) => panelsOf(panel, experiment, measured)) };
}

function panelsOf(
  spec: PanelSpec,
  experiment: Experiment,
  measured: readonly Measured[],
): readonly Panel[] {
  const used = measured.filter(({ point }) =>
    matches(point, spec.where) && (spec.arms?.includes(point.arm) ?? true)
  );
  const { split } = spec;
  if (split === undefined) return [panelOf(spec, spec.title, experiment, used)];
  return groupBy(used, ({ point }) => String(point.axes[split])).map((runs) => {
    const name = axesLabel(experiment, only(runs[0]!.point.axes, [split]));
    return panelOf(spec, spec.title === "" ? name : `${name}: ${spec.title}`, experiment, runs);
  });
}

function panelOf(
  spec: PanelSpec,
  title: string,
  experiment: Experiment,
  runs: readonly Measured[],
): Panel {
  const { x, y, split, where, log } = spec;
  const fixed = [x, ...(split === undefined ? [] : [split]), ...Object.keys(where)];
  const rest = (run: Measured) => axesLabel(experiment, without(axesOf(experiment, run), fixed));
  const variants = groupBy(runs, rest).map(([run]) => rest(run!)).filter((label) => label !== "");
  const curves = groupBy(runs, (run) => `${run.point.arm}|${rest(run)}`).map((same) => {
    const [run] = same;
    const variant = rest(run!);
    const name = armLabel(experiment, run!.point.arm);
    return {
      label: variant === "" || variants.length === 1 ? name : `${name}, ${variant}`,
      arm: run!.point.arm,
      variant: Math.max(0, variants.indexOf(variant)),
      points: pointsOf(same, spec),
    };
  });
  const axis = (label: string, unit: string, name: "x" | "y"): Axis => ({
    label,
    unit,
    scale: log.includes(name) ? "log" : "linear",
  });
  const { label, unit } = x === "epoch" ? curveMetricOf(y) : metricOf(y);
  return {
    title,
    x: axis(x, "", "x"),
    y: axis(label, unit, "y"),
    curves: curves.filter(({ points }) => points.length > 0),
  };
}

/**
 * Finds a metric that a panel can show over epochs.
 * @throws {RangeError} if there is no such metric
 */
export function curveMetricOf(name: string): CurveMetric {
  const found = curveMetrics[name];
  if (found) return found;
  throw new RangeError(
    `Cannot draw "${name}": curves can show ${Object.keys(curveMetrics).join(", ")}`,
  );
}

function pointsOf(runs: readonly Measured[], spec: PanelSpec) {
  const values = runs.filter(({ result }) => result?.status === "done").flatMap((run) =>
    spec.x === "epoch" ? curveValues(run, spec) : endValues(run, spec)
  );
  return groupBy(values, ([x]) => String(x)).map((same) =>
    summarize(same[0]![0], same.map(([, y]) => y), spec)
  ).toSorted((a, b) => a.x - b.x);
}

function curveValues(
  { curve }: Measured,
  { y, lines }: PanelSpec,
): readonly (readonly [number, number])[] {
  const { of } = curveMetricOf(y);
  return curve.flatMap((line) => {
    const value = line.kind === lines ? of(line) : null;
    return value === null ? [] : [[line.epoch, value] as const];
  });
}

function endValues(
  { point, result }: Measured,
  { x, y }: PanelSpec,
): readonly (readonly [number, number])[] {
  const at = point.axes[x];
  const value = result ? metricOf(y).of(result) : null;
  return typeof at === "number" && value !== null ? [[at, value]] : [];
}

function summarize(x: number, values: readonly number[], { log, floor }: PanelSpec) {
  const y = mean(values)!;
  const spread = sampleDeviation(values) ?? 0;
  // a log axis has no 0 and below: there, the band ends at the smallest value
  const isOff = log.includes("y") && y - spread <= 0;
  const low = isOff ? Math.min(...values) : y - spread;
  const lift = (value: number) => floor === undefined ? value : Math.max(value, floor);
  return { x, y: lift(y), low: lift(low), high: lift(y + spread) };
}
