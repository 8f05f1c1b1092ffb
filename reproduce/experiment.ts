import { z } from "zod";
import type { Scale } from "./summary.ts";

/** Settings of `deno task train`, by name; the texts may hold `{axis}`. */
export type Settings = Readonly<Record<string, unknown>>;

/** Which runs are meant, by the values of their axes; `arm` is one of these. */
export type Where = Readonly<Record<string, string | number>>;

/** One of the optimizers that are compared. */
export interface ArmSpec {
  /** Stands for it in this file, and is the optimizer unless the settings name another. */
  readonly name: string;
  readonly label?: string | undefined;
  readonly settings: Settings;
  /** It is run only at these values of axes, where the others mean nothing to it. */
  readonly only: Where;
}

/** A number of the paper, for the rows and columns that it stands beside. */
export interface PaperEntry {
  readonly where: Where;
  readonly metric: string;
  readonly mean: number;
  readonly spread: number | null;
  readonly source: string;
}

/** Values of one axis: of a setting or a `{name}`, or names with the settings they stand for. */
export type AxisSpec = readonly (string | number)[] | Readonly<Record<string, Settings>>;

/** A search for the best value of one setting of each arm, before the runs that count. */
export interface TuneSpec {
  /** The metric that decides. */
  readonly by: string;
  readonly seeds: readonly number[];
  /** What is different from the runs that count, such as fewer epochs. */
  readonly settings: Settings;
  /** For each arm one setting with the values to try. */
  readonly grid: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

/** What is run at one scale. */
export interface ScaleSpec {
  /** How it differs from what the paper did, a sentence each. */
  readonly differences: readonly string[];
  readonly settings: Settings;
  readonly seeds: readonly number[];
  readonly axes: Readonly<Record<string, AxisSpec>>;
  readonly tune?: TuneSpec | undefined;
  /** Which of the paper's values an axis value stands for: `"PlainNet-20": "PlainNet-34"`. */
  readonly insteadOf: Readonly<Record<string, string>>;
}

/** One column of a table. */
export interface ColumnSpec {
  readonly metric: string;
  readonly label?: string | undefined;
}

/** A table: rows are the arms of each group. */
export interface TableSpec {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly ColumnSpec[];
  /** An axis with a column for each of its values, instead of rows. */
  readonly across?: string | undefined;
  /** Arms that have rows; all if left out. */
  readonly arms?: readonly string[] | undefined;
}

/** One panel, or one for each value of the axis `split`. */
export interface PanelSpec {
  readonly title: string;
  /** `epoch`, or an axis with numbers. */
  readonly x: string;
  readonly y: string;
  /** Over epochs: a point for each epoch, or for each group of steps that the log has. */
  readonly lines: "epoch" | "step";
  readonly where: Where;
  readonly split?: string | undefined;
  readonly arms?: readonly string[] | undefined;
  readonly log: readonly ("x" | "y")[];
  /** What smaller numbers are drawn at, where 0 has no place. */
  readonly floor?: number | undefined;
}

/** A figure. */
export interface FigureSpec {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly columns: number;
  readonly panels: readonly PanelSpec[];
}

/** A paired test in each group: the name of an arm stands for all its runs. */
export interface ComparisonSpec {
  readonly a: Where;
  readonly b: Where;
  readonly metrics: readonly string[];
  readonly kind: "difference" | "ratio";
}

/** What is done for one table or figure of the paper, at each scale. Data, no code. */
export interface Experiment {
  readonly what: string;
  /** Other names of the same runs, such as a figure's beside its table's. */
  readonly aliases: readonly string[];
  readonly title: string;
  readonly claim: string;
  readonly source: string;
  readonly arms: readonly ArmSpec[];
  /** How values of axes are written: `"h": "h = {}"`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly paper: readonly PaperEntry[];
  readonly tables: readonly TableSpec[];
  readonly figures: readonly FigureSpec[];
  readonly comparisons: readonly ComparisonSpec[];
  /** Which question the verdict answers. */
  readonly verdict: "accuracy" | "throughput" | "invariance" | "signs";
  /** Only one run at a time, the arms in turn: for timing. */
  readonly alone: boolean;
  /** Compares each run with the one whose `axis` is `reference`, weight scales aside. */
  readonly twins?: { readonly axis: string; readonly reference: string } | undefined;
  readonly scales: Readonly<Record<Scale, ScaleSpec>>;
}

const text = z.string().min(1);
const name = z.string().regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, "a name in lower case");
const settings: z.ZodType<Settings> = z.record(z.string(), z.unknown());
const where: z.ZodType<Where> = z.record(z.string(), z.union([z.string(), z.number()]));

const side: z.ZodType<Where> = z.union([name.transform((arm) => ({ arm })), where]);

const axis: z.ZodType<AxisSpec> = z.union([
  z.array(z.union([text, z.number()])).min(1),
  z.record(text, settings),
]);

const seeds = z.array(z.int().nonnegative().max(2 ** 32 - 1)).min(1).refine(
  (list) => new Set(list).size === list.length,
  "different seeds",
);

const tune: z.ZodType<TuneSpec> = z.strictObject({
  by: text,
  seeds,
  settings: settings.default({}),
  grid: z.record(
    name,
    z.record(text, z.array(z.number()).min(1)).refine(
      (values) => Object.keys(values).length === 1,
      "one setting for each arm",
    ),
  ),
});

const scale: z.ZodType<ScaleSpec> = z.strictObject({
  differences: z.array(text),
  settings,
  seeds,
  axes: z.record(name, axis),
  tune: tune.optional(),
  insteadOf: z.record(text, text).default({}),
});

const panel: z.ZodType<PanelSpec> = z.strictObject({
  title: z.string(),
  x: text,
  y: text,
  lines: z.enum(["epoch", "step"]).default("epoch"),
  where: where.default({}),
  split: text.optional(),
  arms: z.array(name).optional(),
  log: z.array(z.enum(["x", "y"])).default([]),
  floor: z.number().positive().optional(),
});

const table: z.ZodType<TableSpec> = z.strictObject({
  title: text,
  note: z.string().default(""),
  columns: z.array(z.strictObject({ metric: text, label: text.optional() })).min(1),
  across: name.optional(),
  arms: z.array(name).optional(),
});

/** What a file of `configs/` must be. */
export const experimentSchema: z.ZodType<Experiment> = z.strictObject({
  what: name,
  aliases: z.array(name).default([]),
  title: text,
  claim: text,
  source: text,
  arms: z.array(z.strictObject({
    name,
    label: text.optional(),
    settings: settings.default({}),
    only: where.default({}),
  })).min(1),
  labels: z.record(z.string(), text).default({}),
  paper: z.array(z.strictObject({
    where,
    metric: text,
    mean: z.number(),
    spread: z.number().nullable().default(null),
    source: text,
  })).default([]),
  tables: z.array(table),
  figures: z.array(z.strictObject({
    // it becomes the name of a file
    name: z.string().regex(/^[a-z0-9-]+$/, "letters, digits and -"),
    title: text,
    caption: z.string(),
    columns: z.int().positive(),
    panels: z.array(panel).min(1),
  })),
  comparisons: z.array(z.strictObject({
    a: side,
    b: side,
    metrics: z.array(text).min(1),
    kind: z.enum(["difference", "ratio"]).default("difference"),
  })),
  verdict: z.enum(["accuracy", "throughput", "invariance", "signs"]).default("accuracy"),
  alone: z.boolean().default(false),
  twins: z.strictObject({ axis: name, reference: text }).optional(),
  scales: z.record(z.enum(["smoke", "laptop", "paper"]), scale),
});
