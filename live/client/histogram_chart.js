/**
 * Histograms of a parameter or of its gradient.
 *
 * @typedef {import("./runs.js").Curve} Curve
 * @typedef {import("../../metrics/metric.ts").ValueHistogram} ValueHistogram
 *
 * @typedef {object} Entry A curve with its last histogram.
 * @property {Curve} curve
 * @property {ValueHistogram} histogram
 * @property {number} epoch
 */
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

/** The last histograms of all curves, each with an area of 1. */
export class HistogramChart {
  /** @type {import("uplot") | undefined} */
  #plot;
  #shape = "";
  /** @type {readonly Entry[]} */
  #entries = [];

  /**
   * @param {"weights" | "gradients"} field
   * @param {string} what What is counted, for its title.
   */
  constructor(field, what) {
    this.field = field;
    this.what = what;
    this.title = what;
    const { figure, caption, tools, box, tip } = emptyFigure(field, what);
    tools.append(
      tool("CSV", `Download the counts as CSV: ${what}`, () => this.#saveCsv()),
      tool("PNG", `Download as a picture: ${what}`, () => this.#save(savePicture)),
      tool("SVG", `Download as SVG: ${what}`, () => this.#save(saveSvg)),
    );
    this.figure = figure;
    this.caption = caption;
    this.box = box;
    this.tip = tip;
    new ResizeObserver(() => this.#plot?.setSize(sizeIn(box))).observe(box);
  }

  /**
   * Draws the histograms of a parameter.
   * @param {readonly Curve[]} curves
   * @param {string | undefined} parameter
   * @param {ReadonlySet<string>} hidden
   */
  draw(curves, parameter, hidden) {
    this.#entries = curves.flatMap((curve) => {
      const last = hidden.has(curve.key) ? undefined : curve.layers.at(-1);
      const found = last?.parameters.find(({ name }) => name === parameter)?.[this.field];
      return last && found && isDrawable(found)
        ? [{ curve, histogram: found, epoch: last.epoch }]
        : [];
    });
    this.figure.hidden = this.#entries.length === 0;
    if (this.figure.hidden) return;
    const epochs = [...new Set(this.#entries.map(({ epoch }) => Number(epoch.toFixed(2))))];
    this.title = `${this.what} of ${parameter}`;
    this.caption.textContent = `${this.title} (density, epoch ${epochs.join(" and ")})`;
    const shape = JSON.stringify(this.#entries.map(({ curve: { key, color } }) => [key, color]));
    if (shape !== this.#shape) this.#make();
    this.#shape = shape;
    this.#plot?.setData(
      globalThis.uPlot.join(this.#entries.map(({ histogram }) => outlineOf(histogram))),
    );
    const words = this.#entries.map(({ curve, histogram: { low, high } }) =>
      `${curve.label} from ${short(low)} to ${short(high)}`
    );
    this.box.setAttribute("aria-label", `${this.title}: ${words.join(", ")}`);
  }

  /** Redraws in the colors of the page. */
  recolor() {
    this.#plot?.redraw(false);
  }

  #make() {
    this.#plot?.destroy();
    const paths = globalThis.uPlot.paths.stepped?.({ align: 1 });
    this.#plot = new globalThis.uPlot(
      {
        ...sizeIn(this.box),
        scales: {
          x: { time: false },
          y: { range: (_, __, high) => [0, high > 0 ? high * 1.05 : 1] },
        },
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        axes: [
          { ...axisStyle, size: 30, values: tickTexts("x") },
          { ...axisStyle, size: 58, values: tickTexts("y") },
        ],
        series: [
          {},
          ...this.#entries.map(({ curve }) => ({
            ...filledSeries(curve, 18),
            width: 1.5,
            spanGaps: true,
            ...(paths && { paths }),
          })),
        ],
        hooks: { setCursor: [(plot) => this.#showTip(plot)] },
      },
      [[]],
      this.box,
    );
  }

  /** @param {import("uplot")} plot */
  #showTip(plot) {
    const { left = -1 } = plot.cursor;
    this.tip.hidden = left < 0;
    if (this.tip.hidden) return;
    const value = plot.posToVal(left, "x");
    const rows = this.#entries.flatMap(({ curve, histogram }) => {
      const bin = binAt(histogram, value);
      if (bin === undefined) return [];
      const share = 100 * (histogram.counts[bin] ?? 0) / total(histogram);
      return [tipRow(curve, `${share.toFixed(2)} %`, rangeText(histogram, bin))];
    });
    showTip({ figure: this.figure, tip: this.tip, plot }, short(value), rows);
  }

  #saveCsv() {
    const rows = this.#entries.flatMap(({ curve: { run, arm }, histogram, epoch }) =>
      histogram.counts.map((count, bin) => [run, arm, epoch, ...edgesOf(histogram, bin), count])
    );
    save(
      `${this.field}.csv`,
      csvOf([["run", "optimizer", "epoch", "from", "to", "count"], ...rows]),
    );
  }

  /** @param {import("./downloads.js").Saver} how */
  #save(how) {
    if (!this.#plot) return;
    const curves = this.#entries.map(({ curve }) => curve);
    how(this.field, this.caption.textContent ?? "", {
      ...{ plot: this.#plot, curves, shape: "steps", xLabel: "value" },
    });
  }
}

/**
 * Whether there are values, and all of them are finite. Logs have `null` for a range that is not.
 * @param {ValueHistogram} histogram
 */
export function isDrawable(histogram) {
  return total(histogram) > 0 && [histogram.low, histogram.high].every(Number.isFinite);
}

/** @param {ValueHistogram} histogram */
function total({ counts }) {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The edges of a bin. Equal values get a width of their own.
 * @param {ValueHistogram} histogram
 * @param {number} bin
 * @returns {[number, number]}
 */
function edgesOf({ low, high, counts }, bin) {
  const range = high > low ? high - low : Math.max(Math.abs(low), 1e-6);
  const width = range / counts.length;
  return [low + bin * width, low + (bin + 1) * width];
}

/**
 * The outline of a histogram: each height holds up to the next x.
 * @param {ValueHistogram} histogram
 * @returns {[number[], number[]]}
 */
export function outlineOf(histogram) {
  const { counts } = histogram;
  const [start, end] = [edgesOf(histogram, 0)[0], edgesOf(histogram, counts.length)[0]];
  const scale = counts.length / (total(histogram) * (end - start));
  return [
    [start - (end - start) * 1e-6, ...counts.map((_, bin) => edgesOf(histogram, bin)[0]), end],
    [0, ...counts.map((count) => count * scale), 0],
  ];
}

/**
 * @param {ValueHistogram} histogram
 * @param {number} value
 */
function binAt(histogram, value) {
  const [low, high] = edgesOf(histogram, 0);
  const bin = Math.floor((value - low) / (high - low));
  return bin >= 0 && bin < histogram.counts.length ? bin : undefined;
}

/**
 * The values in a bin in words. The first and the last bin have all that are beyond.
 * @param {ValueHistogram} histogram
 * @param {number} bin
 */
export function rangeText(histogram, bin) {
  const [low, high] = edgesOf(histogram, bin);
  if (bin === 0) return `up to ${short(high)}`;
  return bin === histogram.counts.length - 1
    ? `from ${short(low)}`
    : `${short(low)} to ${short(high)}`;
}

/** @param {number} value */
function short(value) {
  return String(Number(value.toPrecision(3)));
}
