/**
 * The results of a reproduction: the contents of `summary.json`. It holds everything that pages
 * and figures need, so that drawing and running do not depend on each other.
 *
 * Numbers are in the unit of their column or axis: an error in "%" of 7.76 reads 7.76 %.
 * @module
 */
import { z } from "zod";
import { count, list, object, scale } from "./schemas.ts";

const text = z.string();
const number = z.number();

/** How a number is displayed. */
const display = {
  /** `%`, `images/s`; empty for plain numbers. */
  unit: text,
  /** Digits after the decimal point. */
  digits: z.int().min(0).max(10),
  /** Which direction is better; `null` if neither. */
  better: z.enum(["lower", "higher"]).nullable(),
};

const column = object({ label: text, ...display });

const cell = object({
  /** Mean over seeds that did not diverge; `null` if there is none. */
  mean: number.nullable(),
  /** Sample standard deviation; `null` for fewer than two seeds. */
  spread: number.nullable(),
  /** Number of seeds in the mean. */
  n: count,
  /** Number of seeds that diverged. */
  diverged: count,
  /** The paper's number, and where it is: `table 1`. */
  paper: object({ mean: number, spread: number.nullable(), source: text }).nullable(),
});

const row = object({
  /** The group of the row, such as the network. Rows of a group have equal texts. */
  group: text,
  /** Optimizer, for colors; `null` if the row belongs to none. */
  arm: text.nullable(),
  label: text,
  /** One for each column. */
  cells: list(cell),
});

const table = object({
  title: text,
  /** A note on how to read it. */
  note: text,
  columns: list(column),
  rows: list(row),
}).refine(
  ({ columns, rows }) => rows.every(({ cells }) => cells.length === columns.length),
  "each row must have a cell for each column",
);

const axis = object({ label: text, unit: text, scale: z.enum(["linear", "log"]) });

/** Mean over seeds, and mean ± sample standard deviation (all three equal for one seed). */
const point = object({ x: number, y: number, low: number, high: number });

const curve = object({
  label: text,
  /** Optimizer, for colors. Curves of one arm in one panel differ in `variant`. */
  arm: text,
  /** Index among the curves of its arm, for dashes: `0` for the first, `1` for the second, … */
  variant: count,
  points: list(point),
});

const panel = object({ title: text, x: axis, y: axis, curves: list(curve) });

const figure = object({
  /** Used as a file name, without extension: `fig4-final`. */
  name: text.regex(/^\w[\w.-]*$/, "must be letters, digits, _, - and ."),
  title: text,
  caption: text,
  /** Number of panels side by side where there is room, as in the paper. */
  columns: z.int().positive(),
  /** In reading order. */
  panels: list(panel),
});

const comparison = object({
  /** The group of both arms, such as the network. */
  group: text,
  a: text,
  b: text,
  metric: text,
  ...display,
  /** `difference`: a − b. `ratio`: a ÷ b − 1 in %, tested on logarithms. */
  kind: z.enum(["difference", "ratio"]),
  /** Number of pairs. Seeds for which one arm diverged are counted in `unpaired` instead. */
  n: count,
  unpaired: count,
  /** Mean over pairs; `null` if there is none. */
  difference: number.nullable(),
  /** 95 % confidence interval by Student's t; `null` if significance cannot be tested. */
  low: number.nullable(),
  high: number.nullable(),
  /** Two-sided p value; `null` without an interval. */
  p: number.nullable(),
});

/** The schema of `summary.json`. */
export const summarySchema = object({
  /** Format version. It changes when old files can no longer be read. */
  format: z.literal(1),
  /** Name of the experiment: `fig4`. */
  what: text,
  title: text,
  /** The claim of the paper, in one sentence. */
  claim: text,
  /** Where the paper makes the claim and gives the settings. */
  source: text,
  scale,
  /** Differences from the paper's setting, one sentence each. */
  differences: list(text),
  /** The command that reproduces the folder. */
  command: text,
  /** Where and when the numbers were measured. */
  environment: object({
    /** Version of this project. */
    gspace: text,
    deno: text,
    /** `linux x86_64`. */
    system: text,
    /** The devices, in words; several if the sweep resumed on another machine. */
    devices: list(text),
    /** Seconds of training, summed over all points. */
    trainingSeconds: number,
    /** When the last point finished, in ISO 8601; `null` if none did. */
    finished: text.nullable(),
  }),
  /** Counts of training runs. */
  points: object({
    /** Finished runs, including diverged ones. */
    done: count,
    /** Finished runs whose loss became infinite or NaN. */
    diverged: count,
    /** All runs that are needed. If `done` is less, the numbers are partial. */
    total: count,
  }),
  tables: list(table),
  figures: list(figure).refine(
    (figures) => new Set(figures.map(({ name }) => name)).size === figures.length,
    "names must differ",
  ),
  comparisons: list(comparison),
  /** Conclusions from the data, one sentence each. The first is the main conclusion. */
  verdict: list(text),
});

/** The scale of the experiment, up to the paper's own setting. */
export type Scale = z.infer<typeof scale>;

/** A reproduction of one table or figure. */
export type Summary = z.infer<typeof summarySchema>;

/** A table with one row for each arm of each group. */
export type Table = z.infer<typeof table>;

/** A column of numbers. */
export type Column = z.infer<typeof column>;

/** The measured number of a row and column, and the paper's number. */
export type Cell = z.infer<typeof cell>;

/** A figure: panels in reading order. */
export type Figure = z.infer<typeof figure>;

/** A pair of axes with its curves. */
export type Panel = z.infer<typeof panel>;

/** A paired test of two arms over equal seeds. */
export type Comparison = z.infer<typeof comparison>;
