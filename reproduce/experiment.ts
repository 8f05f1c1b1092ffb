/**
 * The experiments, as in the files of `configs/`. Data only, no code.
 * @module
 */
import { z } from "zod";
import { list, nonEmpty, scale, strict, text } from "./schemas.ts";

const name = z.string().regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, "must be a lowercase name");
const settings = z.record(z.string(), z.unknown()).readonly();
const where = z.record(z.string(), z.union([z.string(), z.number()])).readonly();

/** The name of an arm means all its runs. */
const side: z.ZodType<Where> = z.union([name.transform((arm) => ({ arm })), where]);

/** The values of a setting or `{name}`, or names with the settings that they represent. */
const axis = z.union([
  nonEmpty(z.union([text, z.number()])),
  z.record(text, settings).readonly(),
]);

const seeds = nonEmpty(z.int().nonnegative().max(2 ** 32 - 1)).refine(
  (seeds) => new Set(seeds).size === seeds.length,
  "different seeds",
);

const grid = z.record(text, nonEmpty(z.number())).readonly().refine(
  (values) => Object.keys(values).length === 1,
  "one setting for each arm",
);

/** A search for the best value of one setting of each arm, before the final runs. */
const tune = strict({
  /** The metric that decides. */
  by: text,
  seeds,
  /** Settings that differ from the final runs, such as fewer epochs. */
  settings: settings.default({}),
  /** For each arm, one setting with the values to try. */
  grid: z.record(name, grid).readonly(),
});

const scaleSpec = strict({
  /** Differences from the paper's setting, one sentence each. */
  differences: list(text),
  settings,
  seeds,
  /**
   * The axis `ranks` is the number of processes that train a model together. `batch` is then the
   * batch size of each.
   */
  axes: z.record(name, axis).readonly(),
  tune: tune.optional(),
  /** The paper's value that an axis value replaces: `"PlainNet-20": "PlainNet-34"`. */
  insteadOf: z.record(text, text).readonly().default({}),
});

const panel = strict({
  title: z.string(),
  /** `epoch`, or a numeric axis. */
  x: text,
  y: text,
  /** Over epochs: one point for each epoch, or for each logged group of steps. */
  lines: z.enum(["epoch", "step"]).default("epoch"),
  where: where.default({}),
  split: text.optional(),
  arms: list(name).optional(),
  log: list(z.enum(["x", "y"])).default([]),
  /** Smaller numbers are drawn at this value. For log axes, which have no 0. */
  floor: z.number().positive().optional(),
});

const column = strict({ metric: text, label: text.optional() });

const table = strict({
  title: text,
  note: z.string().default(""),
  columns: nonEmpty(column),
  /** An axis whose values are columns instead of rows. */
  across: name.optional(),
  /** Arms that have rows. Default: all. */
  arms: list(name).optional(),
});

const figure = strict({
  /** Used as a file name. */
  name: z.string().regex(/^[a-z0-9-]+$/, "must be letters, digits, and -"),
  title: text,
  caption: z.string(),
  columns: z.int().positive(),
  panels: nonEmpty(panel),
});

const comparison = strict({
  a: side,
  b: side,
  metrics: nonEmpty(text),
  kind: z.enum(["difference", "ratio"]).default("difference"),
});

const arm = strict({
  /** Its name in this file, and its optimizer unless the settings name another. */
  name,
  label: text.optional(),
  settings: settings.default({}),
  /** Runs only at these axis values, for an arm that other values do not affect. */
  only: where.default({}),
});

const paperEntry = strict({
  where,
  metric: text,
  mean: z.number(),
  spread: z.number().nullable().default(null),
  source: text,
});

/** The schema of a file in `configs/`. */
export const experimentSchema = strict({
  what: name,
  /** Other names of the same experiment, such as a figure drawn from the same table. */
  aliases: list(name).default([]),
  title: text,
  claim: text,
  source: text,
  arms: nonEmpty(arm),
  /** How axis values are displayed: `"h": "h = {}"`. */
  labels: z.record(z.string(), text).readonly().default({}),
  paper: list(paperEntry).default([]),
  tables: list(table),
  figures: list(figure),
  comparisons: list(comparison),
  /** The question that the verdict answers. */
  verdict: z.enum(["accuracy", "throughput", "invariance", "signs"]).default("accuracy"),
  /** Run one point at a time, with the arms in turn: for timing. */
  oneAtATime: z.boolean().default(false),
  /**
   * Compares each run with the run whose `axis` is `reference`, up to weight scales. In runs whose
   * axis is `control`, the initial weights differ from the reference by roundings only.
   */
  twins: strict({ axis: name, reference: text, control: text.optional() }).optional(),
  scales: z.record(scale, scaleSpec).readonly(),
});

/** The experiment of one table or figure of the paper, at each scale. */
export type Experiment = z.infer<typeof experimentSchema>;

/** Settings of `deno task train`, by name. Texts may contain `{axis}`. */
export type Settings = z.infer<typeof settings>;

/** Selects runs by their axis values. `arm` is also an axis here. */
export type Where = z.infer<typeof where>;

/** One of the optimizers that are compared. */
export type ArmSpec = z.infer<typeof arm>;

/** The runs at one scale. */
export type ScaleSpec = z.infer<typeof scaleSpec>;

/** A table whose rows are the arms of each group. */
export type TableSpec = z.infer<typeof table>;

/** A panel, or one panel for each value of the axis `split`. */
export type PanelSpec = z.infer<typeof panel>;

/** A figure. */
export type FigureSpec = z.infer<typeof figure>;

/** A paired test in each group. */
export type ComparisonSpec = z.infer<typeof comparison>;
