/**
 * Options of plots.
 *
 * @typedef {import("./runs.js").Curve} Curve
 *
 * @typedef {object} PlotSettings
 * @property {import("./runs.js").Axis} axis
 * @property {boolean} isLog
 * @property {boolean} isSmooth Whether each curve has its points before a smoothed curve.
 * @property {boolean} dots Whether to draw a dot at each point.
 * @property {() => import("./view_state.js").Range | undefined} range The range of x, if zoomed.
 * @property {(range: import("./view_state.js").Range | undefined) => void} onZoom
 * @property {(plot: import("uplot")) => void} onCursor
 */
import { axisStyle, cssColor, DASHES, nearestIndex, tickTexts } from "./chart_parts.js";

/** Titles of the horizontal axis. */
export const axisNames = { epoch: "epoch", step: "step", seconds: "training time (s)" };

/** A selection that is narrower than this, in pixels, is a click. */
const CLICK_WIDTH = 5;

/**
 * Options of a line chart, without its size.
 * @param {readonly Curve[]} curves
 * @param {PlotSettings} settings
 * @returns {Omit<import("uplot").Options, "width" | "height">}
 */
export function plotOptions(curves, settings) {
  const { axis, isLog, isSmooth, dots, range, onCursor } = settings;
  return {
    scales: {
      x: { time: false, range: (_, low, high) => rangeWithin(range(), low, high) },
      y: isLog ? { distr: 3 } : { range: (_, low, high) => valueRange(low, high) },
    },
    legend: { show: false },
    cursor: cursorOptions(settings),
    axes: [
      {
        ...axisStyle,
        label: axisNames[axis],
        labelSize: 20,
        labelFont: axisStyle.font,
        size: 30,
        values: tickTexts("x"),
      },
      { ...axisStyle, size: 58, values: tickTexts("y") },
    ],
    series: [
      {},
      ...curves.flatMap((curve) =>
        isSmooth
          ? [seriesOf(curve, { dots, isFaint: true }), seriesOf(curve, { dots: false })]
          : [seriesOf(curve, { dots })]
      ),
    ],
    hooks: { setCursor: [onCursor], setSelect: [(plot) => takeSelection(plot, settings)] },
  };
}

/**
 * The range of x: where it is zoomed, with open ends at those of the data. It is never empty, since
 * the library would look for its ticks forever.
 * @param {import("./view_state.js").Range | undefined} range
 * @param {number | null} low Of the data, if there are any.
 * @param {number | null} high
 * @returns {[number, number]}
 */
export function rangeWithin(range, low, high) {
  const [from, to] = range ?? [-Infinity, Infinity];
  const start = Number.isFinite(from) ? from : Math.min(low ?? 0, to);
  const end = Number.isFinite(to) ? to : Math.max(high ?? 1, start);
  if (start < end) return [start, end];
  const margin = Math.max(Math.abs(start) / 100, 1e-3);
  return [start - margin, end + margin];
}

/**
 * The range of the values. Around a single one, and without any, the library's own would be 0 to 100.
 * @param {number | null} low
 * @param {number | null} high
 * @returns {import("uplot").Range.MinMax}
 */
function valueRange(low, high) {
  if (low === null || high === null || low === 0 && high === 0) return [0, 1];
  if (low === high) return [low - Math.abs(low) / 10, low + Math.abs(low) / 10];
  return globalThis.uPlot.rangeNum(low, high, 0.1, true);
}

/**
 * Cursors move together in all charts. A drag selects a range, which the page keeps.
 * @param {PlotSettings} settings
 * @returns {import("uplot").Cursor}
 */
function cursorOptions({ onZoom }) {
  const isMove = (/** @type {string} */ type) =>
    !["mousedown", "mouseup", "dblclick"].includes(type);
  return {
    sync: { key: "live", scales: ["x", null], filters: { pub: isMove, sub: isMove } },
    points: { size: 7 },
    dataIdx: nearestIndex,
    drag: { x: true, y: false, setScale: false },
    bind: {
      dblclick: () => () => {
        onZoom(undefined);
        return null;
      },
    },
  };
}

/**
 * @param {import("uplot")} plot
 * @param {PlotSettings} settings
 */
function takeSelection(plot, { onZoom }) {
  const { left, width } = plot.select;
  if (width < CLICK_WIDTH) return;
  const [low, high] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom([shortened(low), shortened(high)]);
}

/**
 * Enough digits for a link.
 * @param {number} value
 */
function shortened(value) {
  return Number(value.toPrecision(5));
}

/**
 * @param {Curve} curve
 * @param {{ dots: boolean, isFaint?: boolean }} look
 * @returns {import("uplot").Series}
 */
function seriesOf({ label, color, dash }, { dots, isFaint = false }) {
  return {
    label,
    stroke: () => cssColor(`--c${color}`),
    dash: isFaint ? [] : DASHES[dash % DASHES.length] ?? [],
    width: isFaint ? 1 : 2,
    alpha: isFaint ? 0.35 : 1,
    spanGaps: true,
    points: { show: dots, size: 6, fill: () => cssColor(`--c${color}`) },
  };
}
