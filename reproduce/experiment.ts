import { z } from "zod";
import type { Scale } from "./summary.ts";

/** Settings of `deno task train`, by name. Texts may contain `{axis}`. */
export type Settings = Readonly<Record<string, unknown>>;

/** Selects runs by their axis values. `arm` is also an axis here. */
export type Where = Readonly<Record<string, string | number>>;

/** One of the optimizers that are compared. */
export interface ArmSpec {
  /** Its name in this file, and its optimizer unless the settings name another. */
  readonly name: string;
  readonly label?: string | undefined;
  readonly settings: Settings;
  /** Runs only at these axis values, for an arm that other values do not affect. */
  readonly only: Where;
}

/** A number of the paper, for the cells that it belongs to. */
export interface PaperEntry {
  readonly where: Where;
  readonly metric: string;
  readonly mean: number;
  readonly spread: number | null;
  readonly source: string;
}

/** The values of a setting or `{name}`, or names with the settings that they represent. */
export type AxisSpec = readonly (string | number)[] | Readonly<Record<string, Settings>>;

/** A search for the best value of one setting of each arm, before the final runs. */
export interface TuneSpec {
  /** The metric that decides. */
  readonly by: string;
  readonly seeds: readonly number[];
  /** Settings that differ from the final runs, such as fewer epochs. */
  readonly settings: Settings;
  /** For each arm, one setting with the values to try. */
  readonly grid: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

/** The runs at one scale. */
export interface ScaleSpec {
  /** Differences from the paper's setting, one sentence each. */
  readonly differences: readonly string[];
  readonly settings: Settings;
  readonly seeds: readonly number[];
  readonly axes: Readonly<Record<string, AxisSpec>>;
  readonly tune?: TuneSpec | undefined;
  /** The paper's value that an axis value replaces: `"PlainNet-20": "PlainNet-34"`. */
  readonly insteadOf: Readonly<Record<string, string>>;
}

/** A column of a table. */
export interface ColumnSpec {
  readonly metric: string;
  readonly label?: string | undefined;
}

/** A table whose rows are the arms of each group. */
export interface TableSpec {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly ColumnSpec[];
  /** An axis whose values are columns instead of rows. */
  readonly across?: string | undefined;
  /** Arms that have rows. Default: all. */
  readonly arms?: readonly string[] | undefined;
}

/** A panel, or one panel for each value of the axis `split`. */
export interface PanelSpec {
  readonly title: string;
  /** `epoch`, or a numeric axis. */
  readonly x: string;
  readonly y: string;
  /** Over epochs: one point for each epoch, or for each logged group of steps. */
  readonly lines: "epoch" | "step";
  readonly where: Where;
  readonly split?: string | undefined;
  readonly arms?: readonly string[] | undefined;
  readonly log: readonly ("x" | "y")[];
  /** Smaller numbers are drawn at this value. For log axes, which have no 0. */
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

/** A paired test in each group. The name of an arm means all its runs. */
export interface ComparisonSpec {
  readonly a: Where;
  readonly b: Where;
  readonly metrics: readonly string[];
  readonly kind: "difference" | "ratio";
}

/** The experiment of one table or figure of the paper, at each scale. Data only, no code. */
export interface Experiment {
  readonly what: string;
  /** Other names of the same experiment, such as a figure drawn from the same table. */
  readonly aliases: readonly string[];
  readonly title: string;
  readonly claim: string;
  readonly source: string;
  readonly arms: readonly ArmSpec[];
  /** How axis values are displayed: `"h": "h = {}"`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly paper: readonly PaperEntry[];
  readonly tables: readonly TableSpec[];
  readonly figures: readonly FigureSpec[];
  readonly comparisons: readonly ComparisonSpec[];
  /** The question that the verdict answers. */
  readonly verdict: "accuracy" | "throughput" | "invariance" | "signs";
  /** Run one point at a time, with the arms in turn: for timing. */
  readonly alone: boolean;
  /** Compares each run with the run whose `axis` is `reference`, up to weight scales. */
  readonly twins?: { readonly axis: string; readonly reference: string } | undefined;
  readonly scales: Readonly<Record<Scale, ScaleSpec>>;
}

const text = z.string().min(1);
const name = z.string().regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, "must be a lowercase name");
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

/** The schema of a file in `configs/`. */
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
    // used as a file name
    name: z.string().regex(/^[a-z0-9-]+$/, "must be letters, digits, and -"),
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
