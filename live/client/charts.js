/**
 * The line charts of the page.
 *
 * @typedef {import("./runs.js").Axis} Axis
 * @typedef {import("./runs.js").Curve} Curve
 * @typedef {import("./chart_kinds.js").ChartKind} ChartKind
 *
 * @typedef {object} View Which curves are shown, and how.
 * @property {Axis} axis
 * @property {boolean} log
 * @property {ReadonlySet<string>} hidden Keys of curves.
 */
import {
  axisStyle,
  cssColor,
  DASHES,
  emptyFigure,
  nearestIndex,
  shortNumber,
  showTip,
  sizeIn,
  tipRow,
} from "./chart_parts.js";

const axisNames = { epoch: "epoch", step: "step", seconds: "training time (s)" };

/** A chart that updates with the data. */
export class Chart {
  /** @type {import("uplot") | undefined} */
  #plot;
  #shape = "";
  /** @type {readonly Curve[]} */
  #curves = [];

  /** @param {ChartKind} kind */
  constructor(kind) {
    this.kind = kind;
    const { figure, box, tip } = emptyFigure(kind.id, kind.title);
    this.figure = figure;
    this.box = box;
    this.tip = tip;
    new ResizeObserver(() => this.#plot?.setSize(sizeIn(box))).observe(box);
  }

  /**
   * Draws the current curves.
   * @param {readonly Curve[]} curves
   * @param {View} view
   */
  draw(curves, { axis, log, hidden }) {
    this.#curves = curves;
    const tables = curves.map((curve) => this.#table(curve, axis));
    const count = tables.reduce((sum, [x]) => sum + x.length, 0);
    this.figure.dataset.points = String(count);
    this.figure.hidden = count === 0;
    if (this.figure.hidden) return;
    const data = globalThis.uPlot.join(tables);
    // recreate the plot only if its curves or its scale have changed
    const isLog = this.kind.isLog === true || log && this.kind.isLoss === true;
    const shape = JSON.stringify([
      axis,
      isLog,
      curves.map(({ key, color, dash }) => [key, color, dash]),
    ]);
    if (shape !== this.#shape) this.#make(axis, isLog);
    this.#shape = shape;
    curves.forEach(({ key }, i) => {
      const show = !hidden.has(key);
      if (this.#plot?.series[i + 1]?.show !== show) this.#plot?.setSeries(i + 1, { show });
    });
    this.#plot?.setData(data);
  }

  /** Redraws in the colors of the page. */
  recolor() {
    this.#plot?.redraw(false);
  }

  /**
   * @param {Curve} curve
   * @param {Axis} axis
   * @returns {[number[], (number | null)[]]}
   */
  #table(curve, axis) {
    /** @type {number[]} */
    const x = [];
    /** @type {(number | null)[]} */
    const y = [];
    for (const line of this.kind.lines(curve)) {
      const value = this.kind.value(line);
      if (value === undefined || value === null || !Number.isFinite(value)) continue;
      x.push(line[axis]);
      y.push(value);
    }
    return [x, y];
  }

  /**
   * @param {Axis} axis
   * @param {boolean} isLog
   */
  #make(axis, isLog) {
    this.#plot?.destroy();
    this.#plot = new globalThis.uPlot(
      {
        ...sizeIn(this.box),
        scales: { x: { time: false }, y: isLog ? { distr: 3 } : {} },
        legend: { show: false },
        cursor: {
          sync: { key: "live" },
          points: { size: 7 },
          dataIdx: nearestIndex,
        },
        axes: [
          {
            ...axisStyle,
            label: axisNames[axis],
            labelSize: 20,
            labelFont: axisStyle.font,
            size: 30,
          },
          {
            ...axisStyle,
            size: 58,
            values: (/** @type {unknown} */ _, /** @type {number[]} */ ticks) =>
              ticks.map(shortNumber),
          },
        ],
        series: [{}, ...this.#curves.map((curve) => this.#seriesOf(curve))],
        hooks: { setCursor: [(/** @type {import("uplot")} */ plot) => this.#showTip(plot, axis)] },
      },
      [[]],
      this.box,
    );
  }

  /** @param {Curve} curve */
  #seriesOf({ label, color, dash }) {
    return {
      label,
      stroke: () => cssColor(`--c${color}`),
      dash: DASHES[dash % DASHES.length] ?? [],
      width: 2,
      spanGaps: true,
      points: { show: this.kind.dots === true, size: 6, fill: () => cssColor(`--c${color}`) },
    };
  }

  /**
   * @param {import("uplot")} plot
   * @param {Axis} axis
   */
  #showTip(plot, axis) {
    const { cursor, data, series } = plot;
    const { left = -1, idx } = cursor;
    const at = idx === null || idx === undefined ? undefined : data[0][idx];
    this.tip.hidden = left < 0 || at === undefined;
    if (this.tip.hidden) return;
    const rows = this.#curves.flatMap((curve, i) => {
      const place = cursor.idxs?.[i + 1];
      const value = place === null || place === undefined ? undefined : data[i + 1]?.[place];
      if (!series[i + 1]?.show || value === undefined || value === null) return [];
      return [tipRow(curve, this.kind.format(value))];
    });
    const title = `${axisNames[axis]} ${Number((at ?? 0).toFixed(2))}`;
    showTip({ figure: this.figure, tip: this.tip, plot }, title, rows);
  }
}
