import { same } from "./expand.ts";
import type { ColumnSpec, Experiment, TableSpec } from "./experiment.ts";
import { armLabel, axesLabel, groupBy, matches, type Measured, without } from "./measured.ts";
import { metrics, type MetricSpec } from "./metrics.ts";
import { mean, sampleDeviation } from "./statistics.ts";
import type { Cell, Column, PaperValue, Row, Table } from "./summary.ts";

/**
 * The metric of this name.
 * @throws {RangeError} if there is none
 */
export function metricOf(name: string): MetricSpec {
  const found = metrics[name];
  if (found) return found;
  throw new RangeError(
    `Cannot use the metric "${name}": metrics are ${Object.keys(metrics).join(", ")}`,
  );
}

/** Fills a table. */
export function tableOf(
  spec: TableSpec,
  experiment: Experiment,
  measured: readonly Measured[],
): Table {
  const columnAxes = new Set(spec.columns.flatMap(({ where }) => Object.keys(where)));
  const used = measured.filter(({ point: { arm } }) => spec.arms?.includes(arm) ?? true);
  const rows = groupBy(
    used,
    ({ point: { arm, axes } }) => JSON.stringify([without(axes, columnAxes), arm]),
  );
  const byGroup = rows.map((runs): Row => rowOf(runs, spec, experiment, columnAxes));
  return {
    title: spec.title,
    note: spec.note,
    columns: spec.columns.map((column) => columnOf(column, experiment)),
    rows: groupBy(byGroup, ({ group }) => group).flat(),
  };
}

function columnOf({ metric, label, where }: ColumnSpec, experiment: Experiment): Column {
  const { of: _, ...column } = metricOf(metric);
  const axes = axesLabel(experiment, where);
  return { ...column, label: label ?? (axes === "" ? column.label : `${axes}, ${column.label}`) };
}

function rowOf(
  runs: readonly Measured[],
  { columns }: TableSpec,
  experiment: Experiment,
  columnAxes: ReadonlySet<string>,
): Row {
  const { arm, axes } = runs[0]!.point;
  return {
    group: axesLabel(experiment, without(axes, columnAxes)),
    arm,
    label: armLabel(experiment, arm) + tunedLabel(runs),
    cells: columns.map((column) =>
      cellOf(runs.filter(({ point }) => matches(point, column.where)), column, experiment)
    ),
  };
}

/** What tuning chose, if it is the same for the whole row. */
function tunedLabel(runs: readonly Measured[]): string {
  const [first] = runs;
  const tuned = first?.point.tuned ?? {};
  if (!runs.every(({ point }) => same(point.tuned, tuned))) return "";
  return Object.entries(tuned).map(([name, value]) => `, ${settingLabel(name)} ${value}`).join("");
}

/** How a setting is called that tuning chooses. */
export function settingLabel(name: string): string {
  return name === "weightDecay" ? "weight decay" : name === "bpr" ? "BPR λ" : name;
}

function cellOf(
  runs: readonly Measured[],
  { metric }: ColumnSpec,
  experiment: Experiment,
): Cell {
  const { of } = metricOf(metric);
  const values = runs.flatMap(({ result }) => {
    const value = result?.status === "done" ? of(result) : null;
    return value === null ? [] : [value];
  });
  return {
    mean: mean(values),
    spread: sampleDeviation(values),
    n: values.length,
    diverged: runs.filter(({ result }) => result?.status === "diverged").length,
    paper: paperValue(runs, metric, experiment),
  };
}

function paperValue(
  [run]: readonly Measured[],
  metric: string,
  { paper }: Experiment,
): PaperValue | null {
  const entry = run && paper.find((one) => one.metric === metric && matches(run.point, one.where));
  return entry ? { mean: entry.mean, spread: entry.spread, source: entry.source } : null;
}
