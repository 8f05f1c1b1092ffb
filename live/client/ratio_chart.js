import {
  axisStyle,
  emptyFigure,
  filledSeries,
  showTip,
  sizeIn,
  tickTexts,
  tipRow,
  tool,
} from "./chart_parts.js";
import { csvOf, save, savePicture, saveSvg } from "./downloads.js";

const TITLE = "Ratios v′/v of trained skeleton weights in the last steps (%)";

/**
 * Histogram of the ratios by which G-SGD's last steps scaled trained skeleton weights. Bins are
 * spaced by the logarithm of the distance from 1.
 */
export class RatioChart {
  /** @type {import("uplot") | undefined} */
  #plot;
  #shape = "";
  /** @type {readonly import("./runs.js").Curve[]} */
  #curves = [];
  /** @type {readonly number[]} */
  #edges = [];

  constructor() {
    const { figure, tools, box, tip } = emptyFigure("ratios", TITLE);
    tools.append(
      tool("CSV", `Download the shares as CSV: ${TITLE}`, () => this.#saveCsv()),
      tool("PNG", `Download as a picture: ${TITLE}`, () => this.#save(savePicture)),
      tool("SVG", `Download as SVG: ${TITLE}`, () => this.#save(saveSvg)),
    );
    this.figure = figure;
    this.box = box;
    this.tip = tip;
    new ResizeObserver(() => this.#plot?.setSize(sizeIn(box))).observe(box);
  }

  /**
   * Draws the latest counts of all curves that have them.
   * @param {readonly import("./runs.js").Curve[]} curves
   * @param {readonly number[]} edges
   * @param {ReadonlySet<string>} hidden
   */
  draw(curves, edges, hidden) {
    const shown = curves.filter(({ key, steps }) => !hidden.has(key) && steps.at(-1)?.gsgd);
    this.figure.hidden = shown.length === 0;
    if (this.figure.hidden) return;
    const shares = shown.map(({ steps }) => {
      const counts = steps.at(-1)?.gsgd?.ratios ?? [];
      const total = counts.reduce((sum, count) => sum + count, 0);
      return counts.map((count) => 100 * count / Math.max(1, total));
    });
    this.#curves = shown;
    this.#edges = edges;
    const shape = JSON.stringify([edges.length, shown.map(({ key, color }) => [key, color])]);
    if (shape !== this.#shape) this.#make();
    this.#shape = shape;
    this.#plot?.setData([Array.from({ length: edges.length + 1 }, (_, bin) => bin), ...shares]);
    this.box.setAttribute("aria-label", `${TITLE}: ${shown.map(({ label }) => label).join(", ")}`);
  }

  /** Redraws in the colors of the page. */
  recolor() {
    this.#plot?.redraw(false);
  }

  #make() {
    this.#plot?.destroy();
    const bars = globalThis.uPlot.paths.bars?.({ size: [0.92] });
    this.#plot = new globalThis.uPlot(
      {
        ...sizeIn(this.box),
        scales: {
          x: { time: false, range: [-0.6, this.#edges.length + 0.6] },
          y: { range: (_, __, high) => [0, Math.max(high * 1.05, 1)] },
        },
        legend: { show: false },
        cursor: { y: false, points: { show: false } },
        axes: [
          { ...axisStyle, size: 30, ...this.#ticks() },
          { ...axisStyle, size: 58, values: tickTexts("y") },
        ],
        series: [
          {},
          ...this.#curves.map((curve) => ({
            ...filledSeries(curve, 45),
            ...(bars && { paths: bars }),
          })),
        ],
        hooks: { setCursor: [(plot) => this.#showTip(plot)] },
      },
      [[]],
      this.box,
    );
  }

  /** Marks at the distances 10^k from 1, some of them with their numbers. */
  #ticks() {
    const written = [0, 0.99, 1.01, 2];
    // an edge is half a bin to the right of the bin that it ends
    const marked = this.#edges.flatMap((edge, k) => {
      const exponent = Math.log10(Math.abs(edge - 1));
      return Math.abs(exponent - Math.round(exponent)) < 1e-6 ? [k + 0.5] : [];
    });
    return {
      splits: () => marked,
      values: tickTexts("x", (place) => {
        const value = Number((this.#edges[(place ?? 0) - 0.5] ?? 0).toPrecision(7));
        return written.includes(value) ? String(value) : "";
      }),
    };
  }

  /** @param {number} bin */
  #nameOf(bin) {
    const [low, high] = [this.#edges[bin - 1], this.#edges[bin]];
    const text = (/** @type {number} */ value) => String(Number(value.toPrecision(7)));
    if (low === undefined) return "below 0: sign change";
    return high === undefined ? `above ${text(low)}` : `${text(low)} to ${text(high)}`;
  }

  #saveCsv() {
    const [bins = [], ...shares] = this.#plot?.data ?? [];
    const head = ["v′/v", ...this.#curves.map(({ label }) => `${label} (%)`)];
    const rows = [...bins].map((_, bin) => [
      this.#nameOf(bin),
      ...shares.map((column) => Number((column[bin] ?? 0).toPrecision(6))),
    ]);
    save("ratios.csv", csvOf([head, ...rows]));
  }

  /** @param {import("./downloads.js").Saver} how */
  #save(how) {
    if (!this.#plot) return;
    how("ratios", TITLE, { plot: this.#plot, curves: this.#curves, shape: "bars", xLabel: "v′/v" });
  }

  /** @param {import("uplot")} plot */
  #showTip(plot) {
    const { left = -1, idx } = plot.cursor;
    this.tip.hidden = left < 0 || idx === null || idx === undefined;
    if (this.tip.hidden || idx === null || idx === undefined) return;
    const title = this.#nameOf(idx);
    const rows = this.#curves.map((curve, i) =>
      tipRow(curve, `${(plot.data[i + 1]?.[idx] ?? 0).toFixed(2)} %`)
    );
    showTip({ figure: this.figure, tip: this.tip, plot }, title, rows);
  }
}
