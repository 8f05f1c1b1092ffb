import { horizontalAxis, verticalAxis } from "./axes.ts";
import {
  axisTitle,
  type Canvas,
  classesOf,
  type Drawing,
  type Hover,
  PANEL_WIDTH,
  render,
  textWidth,
} from "./canvas.ts";
import type { Axis, Curve, LinePanel, Point } from "./figure.ts";
import { dashOf, styleOf } from "./series_style.ts";
import { thinPoints } from "./thin_points.ts";
import { type Interval, intervalOf, plain, type Ticks, ticksOf, wholeTicks } from "./ticks.ts";

const HEIGHT = 262;
/** Maximum number of points of a curve for which marks are drawn. */
const MOST_MARKS = 30;

/** Draws curves with their bands. */
export function drawLines(panel: LinePanel, canvas: Canvas): Drawing {
  const curves = panel.curves.map((curve) => drawable(curve, panel));
  const frame = frameOf({ ...panel, curves });
  const { library } = canvas;
  const { left, right, top, bottom } = frame;
  const reference = panel.reference === undefined ? [] : [panel.reference];
  const marks = [
    ...verticalAxis(library, frame.yTicks, { title: axisTitle(panel.y), offset: left - 2 }),
    ...horizontalAxis(library, frame.xTicks, { title: axisTitle(panel.x), offset: bottom - 6 }),
    library.ruleY(reference, { strokeOpacity: 0.6 }),
    ...curves.flatMap((curve) => bandOf(curve, canvas)),
    ...curves.flatMap((curve) => lineOf(curve, canvas)),
  ];
  const drawn = render(canvas, {
    height: HEIGHT,
    marginLeft: left,
    marginRight: right,
    marginTop: top,
    marginBottom: bottom,
    x: { type: panel.x.scale, domain: [...frame.x] },
    y: { type: panel.y.scale, domain: [...frame.y] },
    marks,
  }, { title: panel.title, description: describe(panel, curves) });
  return { ...drawn, hover: hoverOf(panel, curves, frame, canvas) };
}

/** Sorts the points of a curve by x, and removes those that cannot be drawn or distinguished. */
function drawable(curve: Curve, { x, y, from = -Infinity }: LinePanel): Curve {
  const fits = (value: number, { scale }: Axis) =>
    Number.isFinite(value) && (scale === "linear" || value > 0);
  const points = curve.points
    .filter((point) => point.x >= from && fits(point.x, x) && fits(point.y, y))
    .map((point) => withBand(point, y)).toSorted((a, b) => a.x - b.x);
  return { ...curve, points: thinPoints(points, x) };
}

/** A logarithmic axis cannot show a band that reaches zero, so it is cut at a tenth of y. */
function withBand({ x, y, low = y, high = y }: Point, { scale }: Axis): Required<Point> {
  const lowest = scale === "log" ? Math.max(low, y / 10) : low;
  return {
    x,
    y,
    low: Number.isFinite(lowest) ? lowest : y,
    high: Number.isFinite(high) ? high : y,
  };
}

/** Position and ticks of the axes. */
interface Frame {
  readonly x: Interval;
  readonly y: Interval;
  readonly xTicks: Ticks;
  readonly yTicks: Ticks;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function frameOf(panel: LinePanel): Frame {
  const points = panel.curves.flatMap(({ points }) => points);
  const heights = points.flatMap(({ y, low = y, high = y }) => [low, high]);
  const y = intervalOf([...heights, ...onAxis(panel.reference, panel.y)], panel.y.scale);
  const xs = points.map((point) => point.x);
  const x = intervalOf(xs, panel.x.scale, panel.x.scale === "log" ? 0.04 : 0);
  const yTicks = ticksOf(y, panel.y.scale);
  const widest = Math.max(...yTicks.labels.map((label) => textWidth(label)));
  return {
    x,
    y,
    xTicks: xTicksOf(panel, xs, x),
    yTicks,
    left: Math.ceil(widest) + 14,
    right: 18,
    top: 30,
    bottom: 44,
  };
}

function onAxis(reference: number | undefined, { scale }: Axis): readonly number[] {
  return reference === undefined || (scale === "log" && reference <= 0) ? [] : [reference];
}

/** Ticks of x: the values themselves if they are few and logarithmic, otherwise round numbers. */
function xTicksOf({ x }: LinePanel, xs: readonly number[], interval: Interval): Ticks {
  const values = [...new Set(xs)].toSorted((a, b) => a - b);
  if (x.scale === "log" && values.length > 1 && values.length <= 8) {
    return { values, labels: values.map(plain) };
  }
  const whole = x.scale === "linear" && values.every(Number.isInteger);
  return whole ? wholeTicks(interval, 6) : ticksOf(interval, x.scale, 6);
}

function bandOf(curve: Curve, canvas: Canvas) {
  const points = curve.points.filter(({ y, low = y, high = y }) => high > low);
  if (points.length === 0) return [];
  return [
    canvas.library.areaY([...curve.points], {
      x: "x",
      y1: "low",
      y2: "high",
      fill: "currentColor",
      fillOpacity: 0.16,
      className: `band ${classesOf(canvas, curve.label, curve.arm)}`,
    }),
  ];
}

function lineOf(curve: Curve, canvas: Canvas) {
  if (curve.points.length === 0) return [];
  const { library } = canvas;
  const style = styleOf(canvas.styles, curve.arm);
  const className = classesOf(canvas, curve.label, curve.arm);
  const line = library.lineY([...curve.points], {
    x: "x",
    y: "y",
    stroke: "currentColor",
    strokeWidth: 2,
    strokeDasharray: dashOf(style, curve),
    className: `curve ${className}`,
  });
  if (curve.points.length > MOST_MARKS) return [line];
  const dots = library.dot([...curve.points], {
    x: "x",
    y: "y",
    r: 3.2,
    symbol: style.symbol,
    fill: "currentColor",
    className,
  });
  return [line, dots];
}

function describe({ x, y }: LinePanel, curves: readonly Curve[]): string {
  const ends = curves.map(({ label, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last) return `${label}: no values`;
    return `${label}: ${shown(first.y)} at ${shown(first.x)}, ${shown(last.y)} at ${shown(last.x)}`;
  });
  return `${axisTitle(y)} against ${axisTitle(x)}. ${ends.join("; ")}.`;
}

const shown = (value: number) => String(Number(value.toPrecision(4)));

function hoverOf(
  { x, y }: LinePanel,
  curves: readonly Curve[],
  { x: [low, high], left, right }: Frame,
  { keys, styles }: Canvas,
): Hover {
  return {
    x: { low, high, log: x.scale === "log" },
    left,
    right: PANEL_WIDTH - right,
    width: PANEL_WIDTH,
    xLabel: x.label,
    unit: y.unit,
    curves: curves.filter(({ points }) => points.length > 0).map(({ label, arm, points }) => ({
      label,
      color: styleOf(styles, arm).color,
      key: keys.indexOf(label),
      points: points.map((point) => [digits(point.x), digits(point.y)]),
    })),
  };
}

const digits = (value: number) => Number(value.toPrecision(6));
