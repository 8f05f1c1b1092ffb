import { checkOption, positiveWhole } from "../graph/check_value.ts";

/** A figure: panels in reading order, drawn in one file or laid out in a page. */
export interface Figure {
  /** Name of its file without ending, and of its place in a page: `fig4-final`. */
  readonly name: string;
  /** What is shown, in a few words. */
  readonly title: string;
  /** What must be known to read it. */
  readonly caption: string;
  /** Panels side by side where there is room for them. */
  readonly columns: number;
  /** In reading order. */
  readonly panels: readonly Panel[];
}

/** One pair of axes with what is drawn in it; curves if nothing else is told. */
export type Panel = LinePanel | BarPanel | HistogramPanel | MatrixPanel;

/** Curves. */
export interface LinePanel {
  /** May be left out. */
  readonly kind?: "lines";
  /** What is shown, in a few words. */
  readonly title: string;
  /** The axis below. */
  readonly x: Axis;
  /** The axis on the left. */
  readonly y: Axis;
  /** In the order of the legend. */
  readonly curves: readonly Curve[];
  /** A value of y that is marked by a line: 0 for differences. */
  readonly reference?: number;
}

/** One axis. */
export interface Axis {
  /** What is measured. */
  readonly label: string;
  /** `%`, `images/s`; empty for plain numbers. */
  readonly unit: string;
  /** Logarithmic axes leave out what is not positive. */
  readonly scale: "linear" | "log";
}

/** One line of a panel. */
export interface Curve {
  /** Its name in the legend. */
  readonly label: string;
  /** What gives it its colour: an optimizer, or anything else that has a name. */
  readonly arm: string;
  /** Tells apart curves of one arm, by dashes: `0` for the first, `1` for the second, … */
  readonly variant: number;
  /** In any order. */
  readonly points: readonly Point[];
}

/** A point of a curve, and the band around it; no band where `low` and `high` equal `y`. */
export interface Point {
  /** Where it is. */
  readonly x: number;
  /** The value; what is not finite is left out. */
  readonly y: number;
  /** Lower end of the band. */
  readonly low?: number;
  /** Upper end of the band. */
  readonly high?: number;
}

/** Horizontal bars from zero, or dots in their intervals, under headings. */
export interface BarPanel {
  /** Tells it from other panels. */
  readonly kind: "bars";
  /** Draws dots in their intervals, with zero in sight, instead of bars from zero. */
  readonly intervals?: boolean;
  /** What is shown, in a few words. */
  readonly title: string;
  /** The axis of the values. */
  readonly value: Axis;
  /** From top to bottom. */
  readonly bars: readonly Bar[];
}

/** One bar. */
export interface Bar {
  /** What the bars around it share; the same text for all of them, empty for none. */
  readonly group: string;
  /** What the bar stands for. */
  readonly label: string;
  /** What gives it its colour. */
  readonly arm: string;
  /** Its length. */
  readonly value: number;
  /** Lower end of the error bar. */
  readonly low?: number;
  /** Upper end of the error bar. */
  readonly high?: number;
}

/** How often values lie in which intervals. */
export interface HistogramPanel {
  /** Tells it from other panels. */
  readonly kind: "histogram";
  /** What is shown, in a few words. */
  readonly title: string;
  /** The axis of the values. */
  readonly x: Axis;
  /** What is counted: `weights`. */
  readonly counted: string;
  /** One over the other. */
  readonly series: readonly Distribution[];
}

/** The counts of one series of a histogram. */
export interface Distribution {
  /** Its name in the legend. */
  readonly label: string;
  /** What gives it its colour. */
  readonly arm: string;
  /** The intervals, from low to high. */
  readonly bins: readonly Bin[];
}

/** An interval and how many values lie in it. */
export interface Bin {
  /** Where it begins. */
  readonly low: number;
  /** Where it ends. */
  readonly high: number;
  /** How many values lie in it. */
  readonly count: number;
}

/** A confusion matrix: row = true class, column = what was said, numbers = samples. */
export interface MatrixPanel {
  /** Tells it from other panels. */
  readonly kind: "matrix";
  /** What is shown, in a few words. */
  readonly title: string;
  /** Their names, in the order of rows and columns. */
  readonly classes: readonly string[];
  /** One row for each true class. */
  readonly counts: readonly (readonly number[])[];
}

/** Counts values in `count` intervals of equal width from the lowest to the highest. */
export function binValues(values: readonly number[], count = 30): readonly Bin[] {
  checkOption("bin values", { count }, positiveWhole);
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [];
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  const width = high > low ? (high - low) / count : Math.max(Math.abs(low), 1) / count;
  const counts = new Array<number>(count).fill(0);
  for (const value of finite) counts[Math.min(count - 1, Math.floor((value - low) / width))]! += 1;
  return counts.map((n, i) => ({ low: low + i * width, high: low + (i + 1) * width, count: n }));
}
