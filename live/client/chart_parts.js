/** Building blocks of charts. */

/** Dashes of curves by run. The first is solid. */
export const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [14, 4], [4, 2, 1, 2, 1, 2]];

/**
 * Creates an empty chart: caption with tools, container of the plot, and tooltip.
 * @param {string} id
 * @param {string} title
 */
export function emptyFigure(id, title) {
  const figure = document.createElement("figure");
  figure.id = id;
  figure.hidden = true;
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  const tools = document.createElement("div");
  tools.className = "tools";
  const head = document.createElement("div");
  head.className = "head";
  head.append(caption, tools);
  const box = document.createElement("div");
  box.setAttribute("role", "img");
  const note = document.createElement("p");
  note.className = "soft note";
  note.textContent = "No curve of this chart has points here.";
  note.hidden = true;
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  figure.append(head, box, note, tip);
  return { figure, caption, tools, box, note, tip };
}

/**
 * Creates a small button.
 * @param {string} text
 * @param {string} help What it does, for the tooltip and screen readers.
 * @param {() => void} onClick
 */
export function tool(text, help, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.title = help;
  button.setAttribute("aria-label", help);
  button.addEventListener("click", onClick);
  return button;
}

/**
 * Size of a plot in its container.
 * @param {HTMLElement} box
 */
export function sizeIn(box) {
  const width = box.clientWidth;
  return { width, height: Math.round(Math.min(300, Math.max(220, width * 0.55))) };
}

/** Style of all axes. */
export const axisStyle = {
  stroke: () => cssColor("--soft"),
  grid: { stroke: () => cssColor("--line"), width: 1 },
  ticks: { show: false },
  font: "12px system-ui, sans-serif",
};

/**
 * Shows the tooltip next to the cursor of a plot.
 * @param {{ figure: HTMLElement, tip: HTMLElement, plot: import("uplot") }} place
 * @param {string} title
 * @param {readonly HTMLElement[]} rows
 */
export function showTip({ figure, tip, plot }, title, rows) {
  const { left = 0, top = 0 } = plot.cursor;
  tip.hidden = false;
  const head = document.createElement("div");
  head.className = "soft";
  head.textContent = title;
  tip.replaceChildren(head, ...rows);
  const box = plot.over.getBoundingClientRect();
  const frame = figure.getBoundingClientRect();
  const x = box.left - frame.left + left;
  const room = figure.clientWidth - tip.offsetWidth - 8;
  const wanted = x + 14 > room ? x - tip.offsetWidth - 14 : x + 14;
  tip.style.left = `${Math.max(8, wanted)}px`;
  tip.style.top = `${box.top - frame.top + Math.max(0, top) - tip.offsetHeight / 2}px`;
}

/**
 * Creates a sample of a curve: a short line in its color and with its dashes.
 * @param {{ color: number, dash: number }} curve
 */
export function swatch({ color, dash }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `swatch c${color}`);
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
 * @param {import("./runs.js").Curve} curve
 * @param {string} value
 * @param {string} [more] A second number, such as the value before smoothing.
 */
export function tipRow(curve, value, more) {
  const row = document.createElement("div");
  const number = document.createElement("b");
  number.textContent = value;
  row.append(swatch(curve), curve.label, number);
  if (more !== undefined) {
    const second = document.createElement("span");
    second.className = "soft";
    second.textContent = more;
    row.append(second);
  }
  return row;
}

/**
 * Index of the point of a curve nearest to the cursor: curves have points at different positions.
 * @param {import("uplot")} plot
 * @param {number} series
 * @param {number} hovered
 */
export function nearestIndex({ data }, series, hovered) {
  const values = data[series] ?? [];
  for (let away = 0; away < values.length; away++) {
    for (const index of [hovered - away, hovered + away]) {
      if (typeof values[index] === "number") return index;
    }
  }
  return hovered;
}

/**
 * Formats a number of an axis. Some ticks of logarithmic axes have none.
 * @param {number | null} value
 */
function shortNumber(value) {
  if (value === null) return "";
  const [size, unit] = value >= 1e6 ? [1e6, " M"] : value >= 1e4 ? [1e3, " k"] : [1, ""];
  return `${Number((value / size).toPrecision(6))}${unit}`;
}

/**
 * The ticks of plots as they were last drawn, by scale.
 * @type {WeakMap<import("uplot"), Map<string, readonly { at: number, text: string }[]>>}
 */
const drawnTicks = new WeakMap();

/**
 * Formats the ticks of an axis, and remembers them for pictures.
 * @param {"x" | "y"} scale
 * @param {(value: number | null) => string} [show]
 * @returns {(plot: import("uplot"), ticks: (number | null)[]) => string[]}
 */
export function tickTexts(scale, show = shortNumber) {
  return (plot, ticks) => {
    const texts = ticks.map(show);
    const drawn = ticks.flatMap((at, i) => at === null ? [] : [{ at, text: texts[i] ?? "" }]);
    const known = drawnTicks.get(plot) ?? new Map();
    drawnTicks.set(plot, known.set(scale, drawn));
    return texts;
  };
}

/**
 * The ticks of an axis as they were last drawn.
 * @param {import("uplot")} plot
 * @param {"x" | "y"} scale
 */
export function ticksOf(plot, scale) {
  return drawnTicks.get(plot)?.get(scale) ?? [];
}

/** @param {string} name */
export function cssColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

/**
 * Options for a series whose area is filled with so much of its curve's color, in percent.
 * @param {{ label: string, color: number }} curve
 * @param {number} percent
 */
export function filledSeries({ label, color }, percent) {
  const stroke = () => cssColor(`--c${color}`);
  const fill = () => `color-mix(in srgb, ${stroke()} ${percent}%, transparent)`;
  return { label, stroke, fill, points: { show: false } };
}
