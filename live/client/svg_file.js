/**
 * Charts as SVG files.
 *
 * @typedef {object} Shown A chart as it is on the page.
 * @property {import("uplot")} plot
 * @property {readonly import("./runs.js").Curve[]} curves In the legend.
 * @property {"lines" | "steps" | "bars"} [shape] How series are drawn. Default: lines.
 * @property {boolean} [dots] Whether lines have a dot at each point.
 * @property {string} xLabel
 */
import { cssColor, DASHES, ticksOf } from "./chart_parts.js";

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
/** Space around the plot, and the height of an entry of the legend. */
const MARGIN = 14;
const ENTRY = 18;

/**
 * A chart with its title and legend, in the colors of the page.
 * @param {string} title
 * @param {Shown} shown
 */
export function svgOf(title, shown) {
  const { plot, curves, xLabel } = shown;
  const top = 52 + ENTRY * curves.length;
  const [width, height] = [plot.width + 2 * MARGIN, top + plot.height + MARGIN];
  const { offsetLeft: left, offsetTop } = plot.over;
  const area = { width: plot.over.clientWidth, height: plot.over.clientHeight };
  const label = element("text", {
    ...{ x: area.width / 2, y: plot.height - offsetTop - 4, "text-anchor": "middle" },
    fill: cssColor("--soft"),
  }, escaped(xLabel));
  const clip = element("clipPath", { id: "area" }, element("rect", area));
  return element(
    "svg",
    {
      ...{ xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}` },
      ...{ "font-family": FONT, "font-size": 12, role: "img", "aria-labelledby": "title" },
    },
    [
      element("title", { id: "title" }, escaped(title)),
      element("rect", { width, height, fill: cssColor("--card") }),
      element("text", {
        ...{ x: MARGIN, y: 28, "font-size": 15, "font-weight": 600, fill: cssColor("--ink") },
      }, escaped(title)),
      ...curves.map(entryOf),
      element(
        "g",
        { transform: `translate(${MARGIN + left} ${top + offsetTop})` },
        [
          clip,
          ...gridOf(plot, area),
          label,
          element("g", { "clip-path": "url(#area)" }, seriesOf(shown)),
        ].join("\n"),
      ),
    ].join("\n"),
  );
}

/**
 * @param {import("./runs.js").Curve} curve
 * @param {number} i
 */
function entryOf(curve, i) {
  const y = 52 + ENTRY * i;
  const name = escaped(curve.label);
  const dashes = (DASHES[curve.dash % DASHES.length] ?? []).join(" ");
  const ends = { x1: MARGIN, x2: MARGIN + 26, y1: y - 4, y2: y - 4 };
  const line = { stroke: cssColor(`--c${curve.color}`), "stroke-width": 3 };
  return [
    element("line", { ...ends, ...line, "stroke-dasharray": dashes }),
    element("text", { x: MARGIN + 34, y, "font-size": 13, fill: cssColor("--ink") }, name),
  ].join("\n");
}

/**
 * The lines and the numbers of the axes.
 * @param {import("uplot")} plot
 * @param {{ width: number, height: number }} area
 */
function gridOf(plot, { width, height }) {
  const line = { stroke: cssColor("--line") };
  const text = { fill: cssColor("--soft") };
  const vertical = ticksOf(plot, "x").map(({ at, text: words }) => {
    const x = digits(plot.valToPos(at, "x"));
    return element("line", { x1: x, x2: x, y1: 0, y2: height, ...line }) +
      element("text", { x, y: height + 16, "text-anchor": "middle", ...text }, escaped(words));
  });
  const horizontal = ticksOf(plot, "y").map(({ at, text: words }) => {
    const y = digits(plot.valToPos(at, "y"));
    return element("line", { x1: 0, x2: width, y1: y, y2: y, ...line }) +
      element("text", { x: -6, y: y + 4, "text-anchor": "end", ...text }, escaped(words));
  });
  return [...vertical, ...horizontal];
}

/** @param {Shown} shown */
function seriesOf({ plot, shape = "lines", dots = false }) {
  return plot.series.flatMap((series, i) => {
    if (i === 0 || series.show === false) return [];
    const points = pointsOf(plot, i);
    const { stroke, dash = [], width = 1, alpha = 1 } = series;
    const color = String(typeof stroke === "function" ? stroke(plot, i) : stroke);
    const look = { stroke: color, "stroke-width": width, opacity: alpha };
    const zero = digits(plot.valToPos(0, "y"));
    if (shape === "bars") return [barsOf(points, zero, look)];
    const path = element("path", {
      ...{ d: pathOf(points, shape), fill: "none", ...look },
      "stroke-dasharray": dash.join(" "),
    });
    const marks = dots
      ? points.map(([cx, cy]) => element("circle", { cx, cy, r: 3, fill: color }))
      : [];
    return [path, ...marks];
  }).join("\n");
}

/**
 * The points of a series, in pixels.
 * @param {import("uplot")} plot
 * @param {number} series
 */
function pointsOf(plot, series) {
  const [x = [], y = []] = [plot.data[0], plot.data[series]];
  return [...x].flatMap((at, k) => {
    const value = y[k];
    if (typeof value !== "number") return [];
    const [left, top] = [plot.valToPos(at, "x"), plot.valToPos(value, "y")];
    // a logarithmic axis has no place for zero
    return Number.isFinite(top) ? [/** @type {const} */ ([digits(left), digits(top)])] : [];
  });
}

/**
 * @param {readonly (readonly [number, number])[]} points
 * @param {"lines" | "steps"} shape
 */
function pathOf(points, shape) {
  return points.map(([x, y], k) =>
    k === 0 ? `M${x},${y}` : shape === "steps" ? `H${x}V${y}` : `L${x},${y}`
  ).join("");
}

/**
 * @param {readonly (readonly [number, number])[]} points
 * @param {number} zero
 * @param {Readonly<Record<string, string | number>>} look
 */
function barsOf(points, zero, look) {
  const step = points.length > 1 ? (points[1]?.[0] ?? 0) - (points[0]?.[0] ?? 0) : 10;
  const width = digits(0.92 * step);
  return points.map(([x, y]) =>
    element("rect", {
      ...{ x: digits(x - width / 2), y: Math.min(y, zero), width, height: Math.abs(zero - y) },
      ...{ ...look, fill: look.stroke ?? "", "fill-opacity": 0.45 },
    })
  ).join("\n");
}

/**
 * @param {string} name
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {string} [content] As it is in the file.
 */
function element(name, attributes, content = "") {
  const all = Object.entries(attributes).map(([key, value]) =>
    ` ${key}="${escaped(String(value).trim())}"`
  );
  return `<${name}${all.join("")}>${content}</${name}>`;
}

/**
 * For text and attributes. Labels are paths, which may have characters that XML forbids.
 * @param {string} text
 */
function escaped(text) {
  // deno-lint-ignore no-control-regex -- these are the characters to find
  const legal = text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
  return legal.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** @param {number} value */
function digits(value) {
  return Number(value.toFixed(2));
}
