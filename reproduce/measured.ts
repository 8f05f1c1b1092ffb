import type { Axes, RunPoint } from "./expand.ts";
import type { Experiment, Where } from "./experiment.ts";
import type { CurveLine, PointResult } from "./point_result.ts";

/** A run that is asked for, with what came of it so far. */
export interface Measured {
  readonly point: RunPoint;
  /** Name of its folder. */
  readonly name: string;
  readonly result: PointResult | undefined;
  /** Empty as long as there is no result. */
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

/** How an arm is called. */
export function armLabel({ arms }: Experiment, name: string): string {
  return arms.find((arm) => arm.name === name)?.label ?? armLabels[name] ?? name;
}

/** How values of axes are called: `h = 8, PlainNet`. */
export function axesLabel({ labels }: Experiment, axes: Axes): string {
  return Object.entries(axes).map(([name, value]) =>
    (labels[name] ?? (typeof value === "number" ? `${name} = {}` : "{}"))
      .replace("{}", String(value))
  ).join(", ");
}

/** The axes that mean something to the run's optimizer: one that is run at one value only has no others. */
export function axesOf({ arms }: Experiment, { point: { arm, axes } }: Measured): Axes {
  return without(axes, Object.keys(arms.find(({ name }) => name === arm)?.only ?? {}));
}

/** How one side of a comparison is called. */
export function whereLabel(experiment: Experiment, { arm, ...axes }: Where): string {
  const parts = [
    ...(arm === undefined ? [] : [armLabel(experiment, String(arm))]),
    ...(Object.keys(axes).length > 0 ? [axesLabel(experiment, axes)] : []),
  ];
  return parts.join(", ");
}

/** The axes without those of these names. */
export function without(axes: Axes, names: Iterable<string>): Axes {
  const left = new Set(names);
  return Object.fromEntries(Object.entries(axes).filter(([name]) => !left.has(name)));
}

/** The axes of these names. */
export function only(axes: Axes, names: Iterable<string>): Axes {
  const kept = new Set(names);
  return Object.fromEntries(Object.entries(axes).filter(([name]) => kept.has(name)));
}

/** Parts of a list by a key, in the order in which they first occur. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[][] {
  return [...Map.groupBy(items, keyOf).values()];
}
