/** A figure: panels that are drawn in one file or laid out in a page. */
export interface Figure {
  /** Name of its file without the extension, and of its section in a page: `fig4-final`. */
  readonly name: string;
  /** Title. */
  readonly title: string;
  /** Explanation needed to read the figure. */
  readonly caption: string;
  /** Maximum number of panels side by side. */
  readonly columns: number;
  /** Panels, in reading order. */
  readonly panels: readonly Panel[];
}

/** A pair of axes with its contents. */
export type Panel = LinePanel | BarPanel | HistogramPanel | MatrixPanel | NetworkPanel;

/** A panel of curves. */
export interface LinePanel {
  /** Kind of panel. This is the default. */
  readonly kind?: "lines";
  /** Title. */
  readonly title: string;
  /** The horizontal axis. */
  readonly x: Axis;
  /** The vertical axis. */
  readonly y: Axis;
  /** Curves, in the order of the legend. */
  readonly curves: readonly Curve[];
  /** Value of y marked by a line, such as 0 for differences. */
  readonly reference?: number;
  /** The first x that is drawn. Data tables have all points. Default: that of the first point. */
  readonly from?: number;
}

/** An axis. */
export interface Axis {
  /** The quantity. */
  readonly label: string;
  /** Unit: `%`, `images/s`; empty for plain numbers. */
  readonly unit: string;
  /** Scale. Logarithmic axes omit values that are not positive. */
  readonly scale: "linear" | "log";
}

/** A curve of a panel. */
export interface Curve {
  /** Name in the legend. */
  readonly label: string;
  /** Determines the color: the name of an optimizer, or any other name. */
  readonly arm: string;
  /** Distinguishes curves of one arm by their dashes: `0` for the first, `1` for the second, … */
  readonly variant: number;
  /** Points, in any order. */
  readonly points: readonly Point[];
}

/** A point of a curve, with an optional band around it. */
export interface Point {
  /** Position on the horizontal axis. */
  readonly x: number;
  /** The value. Points that are not finite are omitted. */
  readonly y: number;
  /** Lower end of the band. */
  readonly low?: number;
  /** Upper end of the band. */
  readonly high?: number;
}

/** A panel of horizontal bars, or of dots with intervals, grouped under headings. */
export interface BarPanel {
  /** Kind of panel. */
  readonly kind: "bars";
  /** Draws dots with intervals instead of bars. Default: false. */
  readonly intervals?: boolean;
  /** Title. */
  readonly title: string;
  /** The axis of values. */
  readonly value: Axis;
  /** Bars, from top to bottom. */
  readonly bars: readonly Bar[];
}

/** A bar. */
export interface Bar {
  /** Heading of the group it belongs to; empty for none. */
  readonly group: string;
  /** Name of the bar. */
  readonly label: string;
  /** Determines the color, as in `Curve`. */
  readonly arm: string;
  /** The value: its length. */
  readonly value: number;
  /** Lower end of the error bar. */
  readonly low?: number;
  /** Upper end of the error bar. */
  readonly high?: number;
}

/** A panel of histograms. */
export interface HistogramPanel {
  /** Kind of panel. */
  readonly kind: "histogram";
  /** Title. */
  readonly title: string;
  /** The axis of values. */
  readonly x: Axis;
  /** What is counted, such as `weights`. */
  readonly counted: string;
  /** Histograms, drawn on top of each other. */
  readonly series: readonly Distribution[];
}

/** One histogram of a panel. */
export interface Distribution {
  /** Name in the legend. */
  readonly label: string;
  /** Determines the color, as in `Curve`. */
  readonly arm: string;
  /** Bins, from low to high. */
  readonly bins: readonly Bin[];
}

/** A bin of a histogram. */
export interface Bin {
  /** Lower edge. */
  readonly low: number;
  /** Upper edge. */
  readonly high: number;
  /** Number of values in it. */
  readonly count: number;
}

/** A confusion matrix: rows are true classes, and columns are predicted classes. */
export interface MatrixPanel {
  /** Kind of panel. */
  readonly kind: "matrix";
  /** Title. */
  readonly title: string;
  /** Names of the classes, in the order of rows and columns. */
  readonly classes: readonly string[];
  /** Counts: one row per true class. */
  readonly counts: readonly (readonly number[])[];
}

/** A network: columns of units, and the links between them, from left to right. */
export interface NetworkPanel {
  /** Kind of panel. */
  readonly kind: "network";
  /** Title. */
  readonly title: string;
  /** Layers of links, from left to right. */
  readonly layers: readonly NetworkLayer[];
}

/** The links between two columns of units. */
export interface NetworkLayer {
  /** Name, written above the links. */
  readonly label: string;
  /** The column on the left. */
  readonly from: NetworkUnits;
  /** The column on the right. */
  readonly to: NetworkUnits;
  /** Whether the column on the left is the one on the right of the layer before. */
  readonly joined: boolean;
  /** Links, from back to front. */
  readonly links: readonly NetworkLinks[];
}

/** A column of units. */
export interface NetworkUnits {
  /** Number of units. */
  readonly count: number;
  /** Whether each drawn unit is filled. There may be fewer than `count`: the first ones. */
  readonly filled: readonly boolean[];
}

/** How links are drawn: two kinds that stand out, and one in the background. */
export type NetworkLook = "strong" | "dashed" | "faint";

/** Links of one kind. */
export interface NetworkLinks {
  /** Name in the legend. */
  readonly label: string;
  /** How they are drawn. */
  readonly look: NetworkLook;
  /** Number of all links of this kind, drawn or not. */
  readonly total: number;
  /** Units that are linked, counted from 0. The number after the drawn ones means the others. */
  readonly pairs: readonly (readonly [from: number, to: number])[];
}
