/**
 * What the page shows and how. It is in the address, so that it survives a reload, and a link to the
 * page shows the same.
 *
 * @typedef {import("./runs.js").Axis} Axis
 * @typedef {"optimizer" | "run"} ColorBy
 * @typedef {readonly [low: number, high: number]} Range Ends of the x-axis; infinite if open.
 */

/** The key of the range of all charts. */
const ALL = "all";

/** Smoothing above this hides everything. */
export const MOST_SMOOTHING = 0.99;

export class ViewState {
  /** @type {string[] | undefined} Runs that are shown; undefined until the list has arrived. */
  runs;
  /** @type {Axis} */
  axis = "epoch";
  /** Weight of the past in a smoothed curve: 0 for none. */
  smoothing = 0;
  /** @type {ColorBy | undefined} Undefined: what distinguishes the curves better. */
  colorBy;
  /** @type {Set<string>} Charts with a logarithmic scale that is not their default, or the reverse. */
  log = new Set();
  /** @type {string | undefined} The parameter whose norms are drawn. Undefined: all together. */
  parameter;
  /** Whether a zoom applies to all charts. */
  isLinked = true;
  /** @type {Set<string>} Keys of curves. */
  hidden = new Set();
  /** @type {{ column: string, isDescending: boolean } | undefined} */
  sort;
  /** @type {Map<string, Range>} By chart, or for all of them. */
  #ranges = new Map();

  /**
   * The range of a chart, if it is zoomed.
   * @param {string} chart
   * @returns {Range | undefined}
   */
  rangeOf(chart) {
    return this.#ranges.get(chart) ?? this.#ranges.get(ALL);
  }

  /** The range of all charts, if it is the same. */
  get range() {
    return this.#ranges.get(ALL);
  }

  /** Whether a chart is zoomed. */
  get isZoomed() {
    return this.#ranges.size > 0;
  }

  /**
   * Zooms a chart, or all of them.
   * @param {string} chart
   * @param {Range | undefined} range Undefined for all data.
   */
  zoom(chart, range) {
    if (this.isLinked) return this.zoomAll(range);
    if (range) this.#ranges.set(chart, range);
    else this.#ranges.delete(chart);
  }

  /**
   * Zooms all charts.
   * @param {Range | undefined} range Undefined for all data.
   */
  zoomAll(range) {
    this.#ranges.clear();
    if (range) this.#ranges.set(ALL, range);
  }

  /** Shows all data in all charts. */
  zoomOut() {
    this.#ranges.clear();
  }

  /**
   * Changes the unit of the x-axis. Ranges in the old one mean nothing.
   * @param {Axis} axis
   */
  changeAxis(axis) {
    if (axis !== this.axis) this.zoomOut();
    this.axis = axis;
  }

  /**
   * Changes the scale of a chart between linear and logarithmic.
   * @param {string} chart
   */
  toggleLog(chart) {
    if (!this.log.delete(chart)) this.log.add(chart);
  }

  /**
   * Sorts the table by a column: in ascending order, in descending order, and then no longer.
   * @param {string} column
   */
  sortBy(column) {
    if (this.sort?.column !== column) this.sort = { column, isDescending: false };
    else this.sort = this.sort.isDescending ? undefined : { column, isDescending: true };
  }

  /** The state as the query of an address; empty for the defaults. */
  toQuery() {
    const query = new URLSearchParams((this.runs ?? []).map((id) => ["run", id]));
    if (this.axis !== "epoch") query.set("axis", this.axis);
    if (this.smoothing > 0) query.set("smooth", String(this.smoothing));
    if (this.colorBy) query.set("color", this.colorBy);
    if (this.parameter !== undefined) query.set("layer", this.parameter);
    if (!this.isLinked) query.set("zoom", "one");
    if (this.sort) query.set("sort", `${this.sort.isDescending ? "-" : ""}${this.sort.column}`);
    for (const chart of this.log) query.append("log", chart);
    for (const key of this.hidden) query.append("hide", key);
    for (const [chart, [low, high]] of this.#ranges) query.append("x", `${chart},${low},${high}`);
    return query.toString();
  }

  /**
   * Reads the query of an address. What is not valid in it is ignored.
   * @param {string} text
   */
  static fromQuery(text) {
    const query = new URLSearchParams(text);
    const state = new ViewState();
    const runs = query.getAll("run");
    if (runs.length > 0) state.runs = runs;
    const axis = query.get("axis");
    if (axis === "step" || axis === "seconds") state.axis = axis;
    const smoothing = Number(query.get("smooth"));
    if (smoothing > 0) state.smoothing = Math.min(smoothing, MOST_SMOOTHING);
    const color = query.get("color");
    if (color === "run" || color === "optimizer") state.colorBy = color;
    state.parameter = query.get("layer") || undefined;
    state.isLinked = query.get("zoom") !== "one";
    const sort = /^(-?)(.+)$/.exec(query.get("sort") ?? "");
    if (sort?.[2]) state.sort = { column: sort[2], isDescending: sort[1] === "-" };
    state.log = new Set(query.getAll("log"));
    state.hidden = new Set(query.getAll("hide"));
    for (const range of query.getAll("x")) {
      const [chart = "", low, high] = range.split(",");
      const [from, to] = [Number(low), Number(high)];
      if (from < to) state.#ranges.set(chart, [from, to]);
    }
    return state;
  }
}
