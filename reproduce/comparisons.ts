import { matches } from "./expand.ts";
import type { ComparisonSpec, Experiment } from "./experiment.ts";
import { axesLabel, groupBy, type Measured, whereLabel, without } from "./measured.ts";
import { metricOf } from "./metrics.ts";
import { pairedTest } from "./statistics.ts";
import type { Comparison } from "./summary.ts";

/** A comparison with its specification. */
export interface Compared {
  readonly spec: ComparisonSpec;
  readonly metric: string;
  readonly comparison: Comparison;
}

/** Runs all tests of a config, one for each group and metric. */
export function comparisonsOf(
  experiment: Experiment,
  measured: readonly Measured[],
): readonly Compared[] {
  return experiment.comparisons.flatMap((spec) => {
    const sides = new Set([...Object.keys(spec.a), ...Object.keys(spec.b)]);
    const meant = measured.filter(({ point }) => matches(point, spec.a) || matches(point, spec.b));
    const groups = groupBy(meant, ({ point }) => JSON.stringify(without(point.axes, sides)));
    return spec.metrics.flatMap((metric) =>
      groups.map((runs): Compared => {
        const group = axesLabel(experiment, without(runs[0]!.point.axes, sides));
        return { spec, metric, comparison: compare(spec, metric, { runs, group, experiment }) };
      })
    );
  });
}

interface Group {
  readonly runs: readonly Measured[];
  readonly group: string;
  readonly experiment: Experiment;
}

function compare(
  spec: ComparisonSpec,
  metric: string,
  { runs, group, experiment }: Group,
): Comparison {
  const { label, unit, digits, better, of } = metricOf(metric);
  const isRatio = spec.kind === "ratio";
  const pairs: [number, number][] = [];
  let unpaired = 0;
  for (const { point: { seed }, result: a } of runs.filter((run) => matches(run.point, spec.a))) {
    const b = runs.find(({ point }) => point.seed === seed && matches(point, spec.b))?.result;
    if (!a || !b) continue;
    const [left, right] = [a, b].map((one) => one.status === "done" ? of(one) : null);
    if (left == null || right == null) unpaired++;
    else pairs.push(isRatio ? [Math.log(left), Math.log(right)] : [left, right]);
  }
  const { n, p, ...numbers } = pairedTest(pairs);
  const shown = (value: number | null) =>
    isRatio && value !== null ? 100 * (Math.exp(value) - 1) : value;
  return {
    group,
    a: whereLabel(experiment, spec.a),
    b: whereLabel(experiment, spec.b),
    metric: label,
    unit: isRatio ? "%" : unit,
    digits: isRatio ? 1 : digits,
    better,
    kind: spec.kind,
    n,
    unpaired,
    difference: shown(numbers.difference),
    low: shown(numbers.low),
    high: shown(numbers.high),
    p,
  };
}
