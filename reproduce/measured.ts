import type { Axes, RunPoint } from "./expand.ts";
import type { Experiment, Where } from "./experiment.ts";
import type { PointResult } from "./point_result.ts";
import type { CurveLine } from "./run_metrics.ts";

/** A requested run, with its result so far. */
export interface Measured {
  readonly point: RunPoint;
  /** Name of its folder. */
  readonly name: string;
  readonly result: PointResult | undefined;
  /** Empty until there is a result. */
  readonly curve: readonly CurveLine[];
}

const armLabels: Readonly<Record<string, string>> = {
  sgd: "SGD",
  "sgd-skeleton": "SGD, skeleton 1",
  "frozen-skeleton": "SGD, skeleton 1, free weights frozen",
  gsgd: "G-SGD",
  "path-sgd": "Path-SGD",
  "path-sgd-skeleton": "Path-SGD, skeleton 1",
};

/** The displayed name of an arm. */
export function armLabel({ arms }: Experiment, name: string): string {
  return arms.find((arm) => arm.name === name)?.label ?? armLabels[name] ?? name;
}

/** The displayed axis values: `h = 8, PlainNet`. */
export function axesLabel({ labels }: Experiment, axes: Axes): string {
  return Object.entries(axes).map(([name, value]) =>
    (labels[name] ?? (typeof value === "number" ? `${name} = {}` : "{}"))
      .replace("{}", String(value))
  ).join(", ");
}

/** The axes that affect the run's optimizer, without those at which it runs at one value only. */
export function axesOf({ arms }: Experiment, { point: { arm, axes } }: Measured): Axes {
  return without(axes, Object.keys(arms.find(({ name }) => name === arm)?.only ?? {}));
}

/** The displayed name of one side of a comparison. */
export function whereLabel(experiment: Experiment, { arm, ...axes }: Where): string {
  const parts = [
    ...(arm === undefined ? [] : [armLabel(experiment, String(arm))]),
    ...(Object.keys(axes).length > 0 ? [axesLabel(experiment, axes)] : []),
  ];
  return parts.join(", ");
}

/** The axes without these names. */
export function without(axes: Axes, names: Iterable<string>): Axes {
  const left = new Set(names);
  return Object.fromEntries(Object.entries(axes).filter(([name]) => !left.has(name)));
}

/** The axes with these names. */
export function only(axes: Axes, names: Iterable<string>): Axes {
  const kept = new Set(names);
  return Object.fromEntries(Object.entries(axes).filter(([name]) => kept.has(name)));
}

/** Groups a list by a key, in order of first occurrence. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[][] {
  return [...Map.groupBy(items, keyOf).values()];
}
