/**
 * What a reproduction found, as it stands in `summary.json`: all that pages and figures need,
 * so that drawing knows nothing of runs and runs know nothing of drawing.
 *
 * Numbers are in the unit of their column or axis: an error in "%" of 7.76 reads 7.76 %.
 * @module
 */

/** How much of the paper's setting is run. */
export type Scale = "smoke" | "laptop" | "paper";

/** A reproduction of one table or figure. */
export interface Summary {
  /** Changes when old files can no longer be read. */
  readonly format: 1;
  /** What was asked for: `fig4`. */
  readonly what: string;
  readonly title: string;
  /** What the paper says of it, in a sentence. */
  readonly claim: string;
  /** Where in the paper that is, and where its settings are. */
  readonly source: string;
  readonly scale: Scale;
  /** How this differs from the paper's setting, a sentence each. */
  readonly differences: readonly string[];
  /** The command that makes the same folder. */
  readonly command: string;
  readonly environment: Environment;
  readonly points: PointCounts;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  readonly comparisons: readonly Comparison[];
  /** What the data say, a sentence each; the first is the conclusion. */
  readonly verdict: readonly string[];
}

/** Where and when the numbers were made. */
export interface Environment {
  /** Version of this project. */
  readonly gspace: string;
  readonly deno: string;
  /** `linux x86_64`. */
  readonly system: string;
  /** The device that computed, in words; several if the sweep went on elsewhere. */
  readonly devices: readonly string[];
  /** Seconds of training, summed over all points. */
  readonly trainingSeconds: number;
  /** When the last point ended, in ISO 8601; `null` if none did. */
  readonly finished: string | null;
}

/** How many of the training runs there are. */
export interface PointCounts {
  /** With an end, the diverged ones included. */
  readonly done: number;
  /** Of these, those whose loss became infinite or not a number. */
  readonly diverged: number;
  /** Of all that are known to be needed: less than `total` means that the numbers are partial. */
  readonly total: number;
}

/** A table, one row for each arm of each group. */
export interface Table {
  readonly title: string;
  /** What must be known to read it. */
  readonly note: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** One column of numbers. */
export interface Column {
  readonly label: string;
  /** `%`, `images/s`; empty for plain numbers. */
  readonly unit: string;
  /** Digits after the point. */
  readonly digits: number;
  /** Which numbers are the better ones, if that can be said. */
  readonly better: "lower" | "higher" | null;
}

/** One row of a table. */
export interface Row {
  /** What the rows around it share, such as the network; the same text for all of them. */
  readonly group: string;
  /** Optimizer, for colours; `null` if the row belongs to none. */
  readonly arm: string | null;
  readonly label: string;
  /** One for each column. */
  readonly cells: readonly Cell[];
}

/** What was measured for a row and a column, beside what the paper says. */
export interface Cell {
  /** Mean over seeds that did not diverge; `null` if there is none. */
  readonly mean: number | null;
  /** Sample standard deviation; `null` for less than two. */
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
  /** Name of its file, without ending: `fig4-final`. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  /** Panels side by side where there is room for them, as in the paper. */
  readonly columns: number;
  readonly panels: readonly Panel[];
}

/** One pair of axes with its curves. */
export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
}

/** One axis. */
export interface Axis {
  readonly label: string;
  readonly unit: string;
  readonly scale: "linear" | "log";
}

/** One line of a panel. */
export interface Curve {
  readonly label: string;
  /** Optimizer, for colours: curves of one arm in one panel differ in `variant`. */
  readonly arm: string;
  /** What else sets it apart, for dashes: `0` for the first such value, `1` for the second, … */
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
  /** What both share, such as the network. */
  readonly group: string;
  readonly a: string;
  readonly b: string;
  readonly metric: string;
  readonly unit: string;
  readonly digits: number;
  readonly better: "lower" | "higher" | null;
  /** `difference`: a − b. `ratio`: a ÷ b − 1 in %, tested on logarithms. */
  readonly kind: "difference" | "ratio";
  /** Number of pairs; seeds of which one arm diverged are left out and counted in `unpaired`. */
  readonly n: number;
  readonly unpaired: number;
  /** Mean over pairs; `null` if there is none. */
  readonly difference: number | null;
  /** 95 % confidence interval by Student's t; `null` where there is nothing to test with. */
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided; `null` where there is no interval. */
  readonly p: number | null;
}
