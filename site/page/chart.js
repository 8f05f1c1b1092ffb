import { ticksOf } from "../../figures/ticks.ts";
import { svg } from "./svg.js";

/**
 * An axis: its range, and its ticks if they are not round numbers of the range.
 * @typedef {{
 *   label: string, range: readonly [number, number],
 *   ticks?: { values: readonly number[], labels: readonly string[] },
 * }} ChartAxis
 */

/**
 * A curve, dots, or an area within a line. The class sets color and dashes.
 * @typedef {{
 *   kind: string, points: readonly (readonly [number, number])[], shape?: "curve" | "dots" | "area",
 * }} Series
 */

const [WIDTH, HEIGHT] = [380, 188];
const margin = { left: 50, right: 12, top: 8, bottom: 22 };
/** Numbers the clip paths of a page. */
let count = 0;

/** A chart of curves in one SVG element, which is as wide as its place. */
export class Chart {
  /**
   * @param {Element} place
   * @param {{ x: ChartAxis, y: ChartAxis, name: string }} options
   */
  constructor(place, { x, y, name }) {
    this.#svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": name });
    const clip = `plot-${++count}`;
    const [width, height] = [
      WIDTH - margin.left - margin.right,
      HEIGHT - margin.top - margin.bottom,
    ];
    const area = svg("rect", {
      ...{ x: margin.left - 4, y: margin.top - 4 },
      ...{ width: width + 8, height: height + 8 },
    });
    this.#curves = svg("g", { "clip-path": `url(#${clip})` });
    this.#axes = svg("g", { class: "axes" });
    this.#svg.append(svg("clipPath", { id: clip }, area), this.#axes, this.#curves);
    this.#x = x;
    this.#y = y;
    this.#drawAxes();
    place.append(this.#svg);
  }

  #svg;
  #axes;
  #curves;
  /** @type {ChartAxis} */
  #x;
  /** @type {ChartAxis} */
  #y;

  /**
   * Draws these curves instead of the ones before.
   * @param {readonly Series[]} series
   * @param {string} [name] what the picture shows, for those who cannot see it
   */
  draw(series, name) {
    this.#curves.replaceChildren(...series.flatMap((each) => this.#elementsOf(each)));
    if (name !== undefined) this.#svg.setAttribute("aria-label", name);
  }

  /**
   * Changes the range of the horizontal axis, and that of the vertical one.
   * @param {readonly [number, number]} x
   * @param {readonly [number, number]} y
   */
  setRanges(x, y) {
    this.#x = { ...this.#x, range: x };
    this.#y = { ...this.#y, range: y };
    this.#drawAxes();
  }

  /** @param {Series} series */
  #elementsOf({ kind, points, shape = "curve" }) {
    if (shape === "dots") {
      return points.map(([x, y]) =>
        svg("circle", { class: kind, cx: this.#left(x), cy: this.#top(y), r: 3.5 })
      );
    }
    const path = points.map(([x, y], i) =>
      `${i === 0 ? "M" : "L"}${this.#left(x).toFixed(1)} ${this.#top(y).toFixed(1)}`
    );
    return [svg("path", { class: `${shape} ${kind}`, d: path.join("") })];
  }

  #drawAxes() {
    const [x, y] = [this.#x, this.#y].map((axis) => axis.ticks ?? ticksOf(axis.range, "linear", 5));
    const end = WIDTH - margin.right;
    const base = HEIGHT - margin.bottom;
    this.#axes.replaceChildren(
      ...y?.values.flatMap((value, i) => [
        svg("line", { x1: margin.left, x2: end, y1: this.#top(value), y2: this.#top(value) }),
        label(margin.left - 6, this.#top(value) + 4, "end", y.labels[i] ?? ""),
      ]) ?? [],
      ...x?.values.map((value, i) =>
        label(this.#left(value), base + 17, "middle", x.labels[i] ?? "")
      ) ?? [],
      label(0, base + 17, "start", this.#x.label),
    );
  }

  /** @param {number} x */
  #left(x) {
    const [low, high] = this.#x.range;
    return margin.left + (x - low) / (high - low) * (WIDTH - margin.left - margin.right);
  }

  /** @param {number} y */
  #top(y) {
    const [low, high] = this.#y.range;
    const share = (y - low) / (high - low);
    return HEIGHT - margin.bottom - share * (HEIGHT - margin.top - margin.bottom);
  }
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 * @param {string} text
 */
function label(x, y, anchor, text) {
  return svg("text", { x, y, "text-anchor": anchor }, text);
}
