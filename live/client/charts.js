/**
 * The charts of the page.
 *
 * @typedef {import("./runs.js").Axis} Axis
 * @typedef {import("./runs.js").Curve} Curve
 *
 * @typedef {object} View What is shown of the curves.
 * @property {Axis} axis
 * @property {boolean} log
 * @property {ReadonlySet<string>} hidden Keys of curves.
 *
 * @typedef {object} ChartKind
 * @property {string} id
 * @property {string} title
 * @property {(curve: Curve) => readonly { epoch: number, step: number, seconds: number }[]} lines
 * @property {(line: any) => number | null | undefined} value
 * @property {boolean} [isLoss] Does it follow the switch of the losses' scale?
 * @property {boolean} [dots] Draws a dot at each point.
 * @property {(value: number) => string} format
 */

/** @type {(share: number | null) => number | null} */
const percent = (share) => share === null ? null : 100 * share;
/** @type {(value: number) => string} */
const fixed = (value) => value.toFixed(4);
/** @type {(value: number) => string} */
const inPercent = (value) => `${value.toFixed(2)} %`;
/** @type {(value: number) => string} */
const whole = (value) => Math.round(value).toLocaleString("en");

/** @type {readonly ChartKind[]} */
export const chartKinds = [
  {
    id: "train-loss",
    title: "Training loss, mean over the last steps",
    lines: ({ steps }) => steps,
    value: ({ loss }) => loss,
    isLoss: true,
    format: fixed,
  },
  {
    id: "test-error",
    title: "Test error after each epoch, %",
    lines: ({ epochs }) => epochs,
    value: ({ testError }) => percent(testError),
    dots: true,
    format: inPercent,
  },
  {
    id: "train-error",
    title: "Training error, mean over the last steps, %",
    lines: ({ steps }) => steps,
    value: ({ accuracy }) => 100 * (1 - accuracy),
    format: inPercent,
  },
  {
    id: "throughput",
    title: "Throughput, images/s",
    lines: ({ steps }) => steps,
    value: ({ imagesPerSecond }) => imagesPerSecond,
    format: whole,
  },
  {
    id: "test-loss",
    title: "Test loss after each epoch",
    lines: ({ epochs }) => epochs,
    value: ({ testLoss }) => testLoss,
    isLoss: true,
    dots: true,
    format: fixed,
  },
];

/** Dashes of curves by run: the first is drawn in one piece. */
export const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [14, 4], [4, 2, 1, 2, 1, 2]];

const axisNames = { epoch: "epoch", step: "step", seconds: "seconds of training" };

/** A chart that follows the data. */
export class Chart {
  /** @type {import("uplot") | undefined} */
  #plot;
  #shape = "";
  /** @type {readonly Curve[]} */
  #curves = [];

  /** @param {ChartKind} kind */
  constructor(kind) {
    this.kind = kind;
    this.figure = document.createElement("figure");
    this.figure.id = kind.id;
    this.figure.hidden = true;
    const caption = document.createElement("figcaption");
    caption.textContent = kind.title;
    this.box = document.createElement("div");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    this.figure.append(caption, this.box, this.tip);
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.box);
  }

  /**
   * Draws the curves as they are now.
   * @param {readonly Curve[]} curves
   * @param {View} view
   */
  draw(curves, { axis, log, hidden }) {
    this.#curves = curves;
    const tables = curves.map((curve) => this.#table(curve, axis));
    this.figure.hidden = tables.every(([x]) => x.length === 0);
    if (this.figure.hidden) return;
    const data = globalThis.uPlot.join(tables);
    // a plot is made anew only if there are other curves in it, or another scale
    const isLog = log && this.kind.isLoss === true;
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

  /** Draws again in the colours of the page. */
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

  #size() {
    const width = this.box.clientWidth;
    return { width, height: Math.round(Math.min(300, Math.max(220, width * 0.55))) };
  }

  /**
   * @param {Axis} axis
   * @param {boolean} isLog
   */
  #make(axis, isLog) {
    this.#plot?.destroy();
    const ink = {
      stroke: () => cssColor("--soft"),
      grid: { stroke: () => cssColor("--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
    };
    this.#plot = new globalThis.uPlot(
      {
        ...this.#size(),
        scales: { x: { time: false }, y: isLog ? { distr: 3 } : {} },
        legend: { show: false },
        cursor: {
          sync: { key: "live" },
          points: { size: 7 },
          dataIdx: nearestIndex,
        },
        axes: [
          { ...ink, label: axisNames[axis], labelSize: 20, labelFont: ink.font, size: 30 },
          {
            ...ink,
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
      stroke: () => cssColor(`--s${color}`),
      dash: DASHES[dash % DASHES.length] ?? [],
      width: 2,
      spanGaps: true,
      points: { show: this.kind.dots === true, size: 6, fill: () => cssColor(`--s${color}`) },
    };
  }

  /**
   * @param {import("uplot")} plot
   * @param {Axis} axis
   */
  #showTip({ cursor, data, series, over }, axis) {
    const { left = -1, top = -1, idx } = cursor;
    const at = idx === null || idx === undefined ? undefined : data[0][idx];
    this.tip.hidden = left < 0 || at === undefined;
    if (this.tip.hidden) return;
    const title = document.createElement("div");
    title.className = "soft";
    title.textContent = `${axisNames[axis]} ${Number((at ?? 0).toFixed(2))}`;
    const rows = this.#curves.flatMap((curve, i) => {
      const place = cursor.idxs?.[i + 1];
      const value = place === null || place === undefined ? undefined : data[i + 1]?.[place];
      if (!series[i + 1]?.show || value === undefined || value === null) return [];
      return [tipRow(curve, this.kind.format(value))];
    });
    this.tip.replaceChildren(title, ...rows);
    const box = over.getBoundingClientRect();
    const frame = this.figure.getBoundingClientRect();
    const x = box.left - frame.left + left;
    const room = this.figure.clientWidth - this.tip.offsetWidth - 8;
    const wanted = x + 14 > room ? x - this.tip.offsetWidth - 14 : x + 14;
    this.tip.style.left = `${Math.max(8, wanted)}px`;
    this.tip.style.top = `${box.top - frame.top + Math.max(0, top) - this.tip.offsetHeight / 2}px`;
  }
}

/**
 * A short line in the colour and with the dashes of a curve.
 * @param {{ color: number, dash: number }} curve
 */
export function swatch({ color, dash }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `swatch s${color}`);
  svg.setAttribute("viewBox", "0 0 22 6");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  const place = { x1: 0, x2: 22, y1: 3, y2: 3 };
  for (const [name, value] of Object.entries(place)) line.setAttribute(name, String(value));
  line.setAttribute("stroke-dasharray", (DASHES[dash % DASHES.length] ?? []).join(" "));
  svg.append(line);
  return svg;
}

/**
 * @param {Curve} curve
 * @param {string} value
 */
function tipRow(curve, value) {
  const row = document.createElement("div");
  const number = document.createElement("b");
  number.textContent = value;
  row.append(swatch(curve), curve.label, number);
  return row;
}

/**
 * The point of a curve that is nearest to the cursor: others have points in between.
 * @param {import("uplot")} plot
 * @param {number} series
 * @param {number} hovered
 */
function nearestIndex({ data }, series, hovered) {
  const values = data[series] ?? [];
  for (let away = 0; away < values.length; away++) {
    for (const index of [hovered - away, hovered + away]) {
      if (typeof values[index] === "number") return index;
    }
  }
  return hovered;
}

/**
 * A number of an axis; log axes have places without one.
 * @param {number | null} value
 */
function shortNumber(value) {
  if (value === null) return "";
  const [size, unit] = value >= 1e6 ? [1e6, " M"] : value >= 1e4 ? [1e3, " k"] : [1, ""];
  return `${Number((value / size).toPrecision(6))}${unit}`;
}

/** @param {string} name */
function cssColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}
