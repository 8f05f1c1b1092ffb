import { type Axes, matches, same } from "./expand.ts";
import type { Experiment, TableSpec, Where } from "./experiment.ts";
import { armLabel, axesLabel, axesOf, groupBy, type Measured, only, without } from "./measured.ts";
import { metricOf } from "./metrics.ts";
import { mean, sampleDeviation } from "./statistics.ts";
import type { Cell, Column, Scale, Table } from "./summary.ts";

/** The data of a table. */
interface TableSource {
  readonly experiment: Experiment;
  readonly scale: Scale;
  readonly measured: readonly Measured[];
}

/** A column, for one value of the `across` axis if there is one. */
interface Part {
  readonly column: TableSpec["columns"][number];
  readonly where: Where;
}

/** Builds a table from its specification. */
export function tableOf(spec: TableSpec, source: TableSource): Table {
  const { title, note, across } = spec;
  const { experiment } = source;
  const used = source.measured.filter(({ point: { arm, axes } }) =>
    (spec.arms?.includes(arm) ?? true) && !isReference(axes, experiment)
  );
  const aside = across === undefined ? [] : [across];
  const wheres = groupBy(used, ({ point }) => JSON.stringify(only(point.axes, aside)))
    .map(([run]): Where => only(run!.point.axes, aside));
  const parts = wheres.flatMap((where) => spec.columns.map((column): Part => ({ column, where })));
  const rows = groupBy(
    used,
    ({ point: { arm, axes } }) => JSON.stringify([without(axes, aside), arm]),
  ).map((runs): Table["rows"][number] => ({
    group: axesLabel(experiment, without(axesOf(experiment, runs[0]!), aside)),
    arm: runs[0]!.point.arm,
    label: armLabel(experiment, runs[0]!.point.arm) + tunedLabel(runs),
    cells: parts.map((part) => cellOf(runs, part, source)),
  }));
  return {
    title,
    note,
    columns: parts.map((part) => columnOf(part, experiment)),
    rows: groupBy(rows, ({ group }) => group).flat(),
  };
}

/** Whether these are the axes of the reference, which has no difference from itself. */
function isReference(axes: Axes, { twins }: Experiment): boolean {
  return twins !== undefined && axes[twins.axis] === twins.reference;
}

function columnOf({ column: { metric, label }, where }: Part, experiment: Experiment): Column {
  const { of: _, ...spec } = metricOf(metric);
  const axes = axesLabel(experiment, where);
  return { ...spec, label: [...(axes === "" ? [] : [axes]), label ?? spec.label].join(", ") };
}

/** The tuned value, if it is the same for the whole row. */
function tunedLabel(runs: readonly Measured[]): string {
  const [first] = runs;
  const tuned = first?.point.tuned ?? {};
  if (!runs.every(({ point }) => same(point.tuned, tuned))) return "";
  return Object.entries(tuned).map(([name, value]) => `, ${settingLabel(name)} ${value}`).join("");
}

/** The displayed name of a tuned setting. */
export function settingLabel(name: string): string {
  return name === "weightDecay" ? "weight decay" : name === "basisPathPenalty" ? "BPR λ" : name;
}

function cellOf(
  all: readonly Measured[],
  { column: { metric }, where }: Part,
  source: TableSource,
): Cell {
  const { of } = metricOf(metric);
  const runs = all.filter(({ point }) => matches(point, where));
  const values = runs.flatMap(({ result }) => {
    const value = result?.status === "done" ? of(result) : null;
    return value === null ? [] : [value];
  });
  return {
    mean: mean(values),
    spread: sampleDeviation(values),
    n: values.length,
    diverged: runs.filter(({ result }) => result?.status === "diverged").length,
    paper: paperValue(runs, metric, source),
  };
}

/** The paper's number for these runs, or for the runs that they replace at this scale. */
function paperValue(
  [run]: readonly Measured[],
  metric: string,
  { experiment: { paper, scales }, scale }: TableSource,
): Cell["paper"] {
  if (!run) return null;
  const { insteadOf } = scales[scale];
  const axes = Object.fromEntries(
    Object.entries(run.point.axes).map(([name, value]) => [name, insteadOf[value] ?? value]),
  );
  const meant = { arm: run.point.arm, axes };
  const entry = paper.find((one) => one.metric === metric && matches(meant, one.where));
  return entry ? { mean: entry.mean, spread: entry.spread, source: entry.source } : null;
}
