/**
 * The line charts of the page.
 *
 * @typedef {import("./runs.js").Axis} Axis
 * @typedef {import("./runs.js").Curve} Curve
 * @typedef {import("./chart_kinds.js").ChartKind} ChartKind
 * @typedef {import("./view_state.js").ViewState} ViewState
 * @typedef {import("./view_state.js").Range} Range
 *
 * @typedef {object} ChartEvents
 * @property {(chart: string, range: Range | undefined) => void} onZoom
 * @property {(chart: string) => void} onLog
 */
import { emptyFigure, showTip, sizeIn, tipRow, tool } from "./chart_parts.js";
import { csvOf, pointRows, save, savePicture, saveSvg } from "./downloads.js";
import { axisNames, plotOptions } from "./plot_options.js";
import { smooth } from "./smoothing.js";

/** A chart that updates with the data. */
export class Chart {
  /** @type {import("uplot") | undefined} */
  #plot;
  #shape = "";
  /** @type {readonly Curve[]} */
  #curves = [];
  /** @type {ViewState | undefined} */
  #view;
  /** @type {ChartEvents} */
  #events;

  /**
   * @param {ChartKind} kind
   * @param {ChartEvents} events
   */
  constructor(kind, events) {
    this.kind = kind;
    this.#events = events;
    const { figure, caption, tools, box, note, tip } = emptyFigure(kind.id, kind.title);
    this.figure = figure;
    this.caption = caption;
    this.box = box;
    this.note = note;
    this.tip = tip;
    this.log = tool("log", `Logarithmic scale: ${kind.title}`, () => events.onLog(kind.id));
    tools.append(
      this.log,
      tool("CSV", `Download the points as CSV: ${kind.title}`, () => this.#saveCsv()),
      tool("PNG", `Download as a picture: ${kind.title}`, () => this.#save(savePicture)),
      tool("SVG", `Download as SVG: ${kind.title}`, () => this.#save(saveSvg)),
    );
    new ResizeObserver(() => this.#plot?.setSize(sizeIn(box))).observe(box);
  }

  /**
   * Draws the current curves.
   * @param {readonly Curve[]} curves
   * @param {ViewState} view
   */
  draw(curves, view) {
    this.#curves = curves;
    this.#view = view;
    const tables = curves.map((curve) => this.#table(curve, view));
    const count = tables.reduce((sum, [x]) => sum + x.length, 0);
    this.figure.dataset.points = String(count);
    this.figure.hidden = count === 0;
    if (this.figure.hidden) return;
    this.caption.textContent = this.#title;
    const isLog = view.log.has(this.kind.id) !== (this.kind.isLog === true);
    this.log.setAttribute("aria-pressed", String(isLog));
    this.#makeIfChanged(isLog);
    curves.forEach(({ key }, i) => {
      const show = !view.hidden.has(key);
      for (const series of this.#isSmooth ? [2 * i + 1, 2 * i + 2] : [i + 1]) {
        if (this.#plot?.series[series]?.show !== show) this.#plot?.setSeries(series, { show });
      }
    });
    this.#plot?.setData(globalThis.uPlot.join(tables));
    this.#describe(tables);
  }

  /** Redraws in the colors of the page. */
  recolor() {
    this.#plot?.redraw(false);
  }

  get #title() {
    const { title, isOfLayer } = this.kind;
    return isOfLayer ? `${title} of ${this.#view?.parameter ?? "all layers"}` : title;
  }

  get #isSmooth() {
    return this.kind.isNoisy === true && (this.#view?.smoothing ?? 0) > 0;
  }

  /**
   * The points of a curve, and the smoothed ones after them if there are any.
   * @param {Curve} curve
   * @param {ViewState} view
   * @returns {[number[], ...(number | null)[][]]}
   */
  #table(curve, { axis, smoothing, parameter }) {
    /** @type {number[]} */
    const x = [];
    /** @type {(number | null)[]} */
    const y = [];
    for (const line of this.kind.lines(curve, parameter)) {
      const value = this.kind.value(line);
      if (value === undefined || value === null || !Number.isFinite(value)) continue;
      x.push(line[axis]);
      y.push(value);
    }
    return this.#isSmooth ? [x, y, smooth(y, smoothing)] : [x, y];
  }

  /**
   * Creates the plot again if its curves or its scale have changed.
   * @param {boolean} isLog
   */
  #makeIfChanged(isLog) {
    const view = this.#view;
    if (!view) return;
    const looks = this.#curves.map(({ key, label, color, dash }) => [key, label, color, dash]);
    const shape = JSON.stringify([view.axis, isLog, this.#isSmooth, looks]);
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#plot?.destroy();
    const { kind } = this;
    const options = plotOptions(this.#curves, {
      ...{ axis: view.axis, isLog, isSmooth: this.#isSmooth, dots: kind.dots === true },
      range: () => view.rangeOf(kind.id),
      onZoom: (range) => this.#events.onZoom(kind.id, range),
      onCursor: (plot) => this.#showTip(plot),
    });
    this.#plot = new globalThis.uPlot({ ...sizeIn(this.box), ...options }, [[]], this.box);
  }

  /**
   * Says in words what is drawn, and whether it is nothing.
   * @param {readonly [number[], ...(number | null)[][]][]} tables
   */
  #describe(tables) {
    const view = this.#view;
    const [low, high] = view?.rangeOf(this.kind.id) ?? [-Infinity, Infinity];
    const texts = this.#curves.flatMap(({ key, label }, i) => {
      const [x = [], y = []] = tables[i] ?? [];
      const inside = y.filter((_, k) => (x[k] ?? NaN) >= low && (x[k] ?? NaN) <= high);
      const last = inside.at(-1);
      return view?.hidden.has(key) || typeof last !== "number"
        ? []
        : [`${label} ${this.kind.format(last)}`];
    });
    this.note.hidden = texts.length > 0;
    this.box.classList.toggle("empty", texts.length === 0);
    const values = texts.length === 0 ? "no curves" : `last values: ${texts.join(", ")}`;
    this.box.setAttribute("aria-label", `${this.#title}; ${values}`);
  }

  /** @param {import("uplot")} plot */
  #showTip(plot) {
    const { cursor, data, series } = plot;
    const { left = -1, idx } = cursor;
    const at = idx === null || idx === undefined ? undefined : data[0][idx];
    // the cursors of all charts move together, but only that under the pointer has a tooltip
    this.tip.hidden = left < 0 || at === undefined || !plot.over.matches(":hover");
    if (this.tip.hidden) return;
    const valueAt = (/** @type {number} */ index) => {
      const place = cursor.idxs?.[index];
      const value = place === null || place === undefined ? undefined : data[index]?.[place];
      return !series[index]?.show || value === undefined ? null : value;
    };
    const rows = this.#curves.flatMap((curve, i) => {
      const value = valueAt(this.#isSmooth ? 2 * i + 2 : i + 1);
      const before = this.#isSmooth ? valueAt(2 * i + 1) : null;
      if (value === null) return [];
      const { format } = this.kind;
      return [tipRow(curve, format(value), before === null ? undefined : format(before))];
    });
    const axis = this.#view?.axis ?? "epoch";
    const title = `${axisNames[axis]} ${Number((at ?? 0).toFixed(2))}`;
    showTip({ figure: this.figure, tip: this.tip, plot }, title, rows);
  }

  #visible() {
    return this.#curves.filter(({ key }) => !this.#view?.hidden.has(key));
  }

  #saveCsv() {
    const rows = pointRows(this.kind, this.#visible(), this.#view?.parameter);
    save(`${this.kind.id}.csv`, csvOf(rows));
  }

  /** @param {import("./downloads.js").Saver} how */
  #save(how) {
    if (!this.#plot) return;
    const xLabel = axisNames[this.#view?.axis ?? "epoch"];
    const { dots = false } = this.kind;
    const shown = { plot: this.#plot, curves: this.#visible(), dots, xLabel };
    how(this.kind.id, this.#title, shown);
  }
}
