import type { Bar, BarPanel, Figure } from "../../figures/mod.ts";
import { withLaterStart } from "../../figures/later_start.ts";
import { groupBy } from "../measured.ts";
import type { Comparison, Summary, Table } from "../summary.ts";
import { unitOf } from "../describe_comparison.ts";

/** The figures as arranged in the paper, followed by intervals and throughput. */
export function figuresOf(summary: Summary): readonly Figure[] {
  const drawn = summary.figures.map((figure) => ({
    ...figure,
    panels: figure.panels.filter(({ curves }) => curves.length > 0).map((panel) => {
      const title = panel.title === "" ? `${panel.y.label} over ${panel.x.label}` : panel.title;
      const named = { ...panel, title };
      return panel.x.label === "epoch" ? withLaterStart(named) : named;
    }),
  }));
  return [...drawn, throughputFigure(summary), intervalsFigure(summary)]
    .filter(({ panels }) => panels.length > 0);
}

/** The differences with their intervals, one panel for each metric. */
function intervalsFigure(summary: Summary): Figure {
  const { comparisons } = summary;
  const arms = new Map([...namesOf(summary)].map(([arm, name]) => [name, arm]));
  const known = comparisons.filter(({ difference }) => difference !== null);
  const keyOf = ({ metric, unit, kind }: Comparison) => JSON.stringify([metric, unit, kind]);
  const panels = groupBy(known, keyOf).map((same): BarPanel => {
    const { metric, unit, kind, better } = same[0]!;
    const direction = better === null ? "" : `, ${better} is better`;
    return {
      kind: "bars",
      intervals: true,
      title: `${metric}: difference${direction}`,
      value: {
        label: kind === "ratio" ? `${metric}, relative difference` : `difference in ${metric}`,
        unit: unitOf({ unit, kind }),
        scale: "linear",
      },
      bars: same.map((one) => barOf(one, arms.get(one.a) ?? one.a)),
    };
  });
  return {
    name: "differences",
    title: "Paired differences with their 95 % intervals",
    caption: "An interval containing 0 means no significant difference.",
    columns: 2,
    panels,
  };
}

function barOf(
  { group, a, b, kind, difference, low, high }: Comparison,
  arm: string,
): Bar {
  return {
    group,
    label: `${a} ${kind === "ratio" ? "÷" : "−"} ${b}`,
    arm,
    value: difference ?? NaN,
    ...(low !== null && high !== null && { low, high }),
  };
}

/** Bars for the columns with a unit per second. */
function throughputFigure({ tables }: Summary): Figure {
  return {
    name: "throughput",
    title: "Throughput",
    caption: "Means; error bars are ± one sample standard deviation.",
    columns: 2,
    panels: tables.flatMap(throughputPanels),
  };
}

function throughputPanels({ columns, rows }: Table): readonly BarPanel[] {
  return columns.flatMap(({ label, unit }, i) => {
    if (!unit.endsWith("/s")) return [];
    const bars = rows.flatMap(({ group, arm, label: name, cells }): readonly Bar[] => {
      const { mean, spread } = cells[i]!;
      if (mean === null || arm === null) return [];
      const ends = spread === null ? {} : { low: mean - spread, high: mean + spread };
      return [{ group, label: name, arm, value: mean, ...ends }];
    });
    if (bars.length === 0) return [];
    return [{ kind: "bars" as const, title: label, value: { label, unit, scale: "linear" }, bars }];
  });
}

/** The names under which tables and figures show the arms. */
export function namesOf({ tables, figures }: Summary): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { arm, label } of tables.flatMap(({ rows }) => rows)) {
    if (arm !== null && !names.has(arm)) names.set(arm, label);
  }
  for (const { arm, label } of figures.flatMap(({ panels }) => panels).flatMap((p) => p.curves)) {
    if (!names.has(arm)) names.set(arm, label);
  }
  return names;
}
