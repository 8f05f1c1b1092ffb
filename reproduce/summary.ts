/**
 * The results of a reproduction: the contents of `summary.json`. It holds everything that pages
 * and figures need, so that drawing and running do not depend on each other.
 *
 * Numbers are in the unit of their column or axis: an error in "%" of 7.76 reads 7.76 %.
 * @module
 */

/** The scale of the experiment, up to the paper's own setting. */
export type Scale = "smoke" | "laptop" | "paper";

/** A reproduction of one table or figure. */
export interface Summary {
  /** Format version. It changes when old files can no longer be read. */
  readonly format: 1;
  /** Name of the experiment: `fig4`. */
  readonly what: string;
  readonly title: string;
  /** The claim of the paper, in one sentence. */
  readonly claim: string;
  /** Where the paper makes the claim and gives the settings. */
  readonly source: string;
  readonly scale: Scale;
  /** Differences from the paper's setting, one sentence each. */
  readonly differences: readonly string[];
  /** The command that reproduces the folder. */
  readonly command: string;
  readonly environment: Environment;
  readonly points: PointCounts;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  readonly comparisons: readonly Comparison[];
  /** Conclusions from the data, one sentence each. The first is the main conclusion. */
  readonly verdict: readonly string[];
}

/** Where and when the numbers were measured. */
export interface Environment {
  /** Version of this project. */
  readonly gspace: string;
  readonly deno: string;
  /** `linux x86_64`. */
  readonly system: string;
  /** The devices, in words; several if the sweep resumed on another machine. */
  readonly devices: readonly string[];
  /** Seconds of training, summed over all points. */
  readonly trainingSeconds: number;
  /** When the last point finished, in ISO 8601; `null` if none did. */
  readonly finished: string | null;
}

/** Counts of training runs. */
export interface PointCounts {
  /** Finished runs, including diverged ones. */
  readonly done: number;
  /** Finished runs whose loss became infinite or NaN. */
  readonly diverged: number;
  /** All runs that are needed. If `done` is less, the numbers are partial. */
  readonly total: number;
}

/** A table with one row for each arm of each group. */
export interface Table {
  readonly title: string;
  /** A note on how to read it. */
  readonly note: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** A column of numbers. */
export interface Column {
  readonly label: string;
  /** `%`, `images/s`; empty for plain numbers. */
  readonly unit: string;
  /** Digits after the decimal point. */
  readonly digits: number;
  /** Which direction is better; `null` if neither. */
  readonly better: "lower" | "higher" | null;
}

/** A row of a table. */
export interface Row {
  /** The group of the row, such as the network. Rows of a group have equal texts. */
  readonly group: string;
  /** Optimizer, for colors; `null` if the row belongs to none. */
  readonly arm: string | null;
  readonly label: string;
  /** One for each column. */
  readonly cells: readonly Cell[];
}

/** The measured number of a row and column, and the paper's number. */
export interface Cell {
  /** Mean over seeds that did not diverge; `null` if there is none. */
  readonly mean: number | null;
  /** Sample standard deviation; `null` for fewer than two seeds. */
  readonly spread: number | null;
  /** Number of seeds in the mean. */
  readonly n: number;
  /** Number of seeds that diverged. */
  readonly diverged: number;
  readonly paper: PaperValue | null;
}

/** A number of the paper. */
export interface PaperValue {
  readonly mean: number;
  readonly spread: number | null;
  /** `table 1`. */
  readonly source: string;
}

/** A figure: panels in reading order. */
export interface Figure {
  /** Name of its file, without extension: `fig4-final`. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  /** Number of panels side by side where there is room, as in the paper. */
  readonly columns: number;
  readonly panels: readonly Panel[];
}

/** A pair of axes with its curves. */
export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
}

/** An axis. */
export interface Axis {
  readonly label: string;
  readonly unit: string;
  readonly scale: "linear" | "log";
}

/** A line of a panel. */
export interface Curve {
  readonly label: string;
  /** Optimizer, for colors. Curves of one arm in one panel differ in `variant`. */
  readonly arm: string;
  /** Index among the curves of its arm, for dashes: `0` for the first, `1` for the second, … */
  readonly variant: number;
  readonly points: readonly Point[];
}

/** Mean over seeds, and mean ± sample standard deviation (all three equal for one seed). */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** A paired test of two arms over equal seeds. */
export interface Comparison {
  /** The group of both arms, such as the network. */
  readonly group: string;
  readonly a: string;
  readonly b: string;
  readonly metric: string;
  readonly unit: string;
  readonly digits: number;
  readonly better: "lower" | "higher" | null;
  /** `difference`: a − b. `ratio`: a ÷ b − 1 in %, tested on logarithms. */
  readonly kind: "difference" | "ratio";
  /** Number of pairs. Seeds for which one arm diverged are counted in `unpaired` instead. */
  readonly n: number;
  readonly unpaired: number;
  /** Mean over pairs; `null` if there is none. */
  readonly difference: number | null;
  /** 95 % confidence interval by Student's t; `null` if significance cannot be tested. */
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided p value; `null` without an interval. */
  readonly p: number | null;
}
