import type { ArmSpec, Experiment, ScaleSpec, Settings, Where } from "./experiment.ts";
import type { Scale } from "./summary.ts";

/** The axis values of a run, without arm and seed. */
export type Axes = Readonly<Record<string, string | number>>;

/** One training run. */
export interface RunPoint {
  readonly arm: string;
  readonly axes: Axes;
  readonly seed: number;
  /** Values that tuning chose for it, or tries. */
  readonly tuned: Readonly<Record<string, number>>;
  /** The settings of `deno task train` that decide the results. */
  readonly settings: Settings;
  /** Number of processes that train the model together. Default: 1. */
  readonly ranks?: number;
}

/** The part that all seeds of an arm in one group share. */
interface Cell {
  readonly arm: ArmSpec;
  readonly axes: Axes;
  readonly settings: Settings;
}

/** A search over candidates, with a run of each candidate for each seed of the search. */
export interface Search {
  readonly arm: string;
  readonly axes: Axes;
  readonly setting: string;
  readonly candidates: readonly { readonly value: number; readonly points: readonly RunPoint[] }[];
}

/** A value that tuning chose. */
export interface Choice {
  readonly arm: string;
  readonly axes: Axes;
  readonly setting: string;
  readonly value: number;
  /** Whether it is the smallest or largest candidate. */
  readonly edge: boolean;
}

/** Expands the searches that come before the final runs. */
export function searchesOf(experiment: Experiment, scale: Scale): readonly Search[] {
  const spec = experiment.scales[scale];
  const { tune } = spec;
  if (tune === undefined) return [];
  return cells(experiment, spec).flatMap((cell) => {
    const [entry] = Object.entries(tune.grid[cell.arm.name] ?? {});
    return entry === undefined ? [] : [searchOf(cell, tune, entry)];
  });
}

/** All runs of searches. */
export function searchPoints(searches: readonly Search[]): readonly RunPoint[] {
  return searches.flatMap(({ candidates }) => candidates.flatMap(({ points }) => points));
}

function searchOf(
  cell: Cell,
  tune: NonNullable<ScaleSpec["tune"]>,
  [setting, values]: readonly [string, readonly number[]],
): Search {
  const { arm: { name: arm }, axes } = cell;
  const candidates = values.map((value) => ({
    value,
    points: tune.seeds.map((seed) =>
      pointOf({ ...cell, settings: { ...cell.settings, ...tune.settings } }, seed, {
        [setting]: value,
      })
    ),
  }));
  return { arm, axes, setting, candidates };
}

/** Expands the final runs, with the chosen values. */
export function pointsOf(
  experiment: Experiment,
  scale: Scale,
  choices: readonly Choice[] = [],
): readonly RunPoint[] {
  const spec = experiment.scales[scale];
  const all = cells(experiment, spec);
  // seeds outermost: an unfinished sweep gives a whole table with fewer seeds
  return spec.seeds.flatMap((seed, round) => {
    // alternate the order, so that a drift of the machine affects all arms equally
    const ordered = experiment.oneAtATime && round % 2 === 1 ? all.toReversed() : all;
    return ordered.map((cell) => {
      const choice = choices.find(({ arm, axes }) =>
        arm === cell.arm.name && same(axes, cell.axes)
      );
      return pointOf(cell, seed, choice ? { [choice.setting]: choice.value } : {});
    });
  });
}

/** Whether a run has these axis values. */
export function matches({ arm, axes }: Pick<RunPoint, "arm" | "axes">, where: Where): boolean {
  return Object.entries(where).every(([name, value]) =>
    (name === "arm" ? arm : axes[name]) === value
  );
}

/** Whether both have the same values. */
export function same(a: Axes, b: Axes): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function pointOf(cell: Cell, seed: number, tuned: Readonly<Record<string, number>>): RunPoint {
  const { arm: { name: arm }, axes, settings: { ranks = 1, ...settings } } = cell;
  const point = { arm, axes, seed, tuned, settings: { ...settings, ...tuned, seed } };
  if (ranks === 1) return point;
  if (typeof ranks !== "number" || typeof settings.batch !== "number") {
    throw new Error("Internal: runs on several ranks need a batch size, which is that of a rank");
  }
  return { ...point, ranks, settings: { ...point.settings, batch: ranks * settings.batch } };
}

function cells({ arms }: Experiment, spec: ScaleSpec): readonly Cell[] {
  return combinations(Object.entries(spec.axes)).flatMap(({ axes, settings }) =>
    arms.filter(({ name, only }) => matches({ arm: name, axes }, only)).map((arm): Cell => {
      const merged = { optimizer: [arm.name], ...spec.settings, ...settings, ...arm.settings };
      return { arm, axes, settings: fillIn(merged, axes) };
    })
  );
}

/** The Cartesian product of all axes. The last axis changes fastest. */
function combinations(
  axes: readonly (readonly [string, ScaleSpec["axes"][string]])[],
): readonly { readonly axes: Axes; readonly settings: Settings }[] {
  const [first, ...rest] = axes;
  if (first === undefined) return [{ axes: {}, settings: {} }];
  const [name, spec] = first;
  return valuesOf(name, spec).flatMap(({ value, settings }) =>
    combinations(rest).map((other) => ({
      axes: { [name]: value, ...other.axes },
      settings: { ...settings, ...other.settings },
    }))
  );
}

function valuesOf(
  name: string,
  spec: ScaleSpec["axes"][string],
): readonly { readonly value: string | number; readonly settings: Settings }[] {
  if (isList(spec)) return spec.map((value) => ({ value, settings: { [name]: value } }));
  return Object.entries(spec).map(([value, settings]) => ({ value, settings }));
}

function isList(spec: ScaleSpec["axes"][string]): spec is readonly (string | number)[] {
  return Array.isArray(spec);
}

/** Replaces `{axis}` in texts by values. An axis used in a text is not a setting itself. */
function fillIn(settings: Settings, axes: Axes): Settings {
  const used = new Set<string>();
  const filled = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value !== "string" ? value : value.replace(/\{([^}]+)\}/g, (_, axis: string) => {
      const found = axes[axis];
      if (found === undefined) {
        throw new Error(`"${value}" contains {${axis}}, which is not an axis`);
      }
      used.add(axis);
      return String(found);
    }),
  ]);
  return Object.fromEntries(filled.filter(([name]) => !used.has(String(name))));
}
