/**
 * Files that the page makes of what it shows.
 *
 * @typedef {(name: string, title: string, shown: import("./svg_file.js").Shown) => void} Saver Saves
 *   a chart as a file of this name, without its ending.
 */
import { cssColor, DASHES } from "./chart_parts.js";
import { svgOf } from "./svg_file.js";

/**
 * Rows as CSV.
 * @param {readonly (readonly (string | number)[])[]} rows
 */
export function csvOf(rows) {
  const cell = (/** @type {string | number} */ value) => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join()}\n`).join("");
}

/**
 * The points of a chart: one row for each.
 * @param {import("./chart_kinds.js").ChartKind} kind
 * @param {readonly import("./runs.js").Curve[]} curves
 * @param {string} [parameter] The chosen one. Default: all together.
 */
export function pointRows(kind, curves, parameter) {
  const points = curves.flatMap((curve) =>
    kind.lines(curve, parameter).flatMap((line) => {
      const value = kind.value(line);
      if (value === undefined || value === null || !Number.isFinite(value)) return [];
      return [[curve.run, curve.arm, line.epoch, line.step, line.seconds, value]];
    })
  );
  return [["run", "optimizer", "epoch", "step", "seconds", kind.id], ...points];
}

/**
 * The metrics of curves as JSON.
 * @param {readonly import("./runs.js").Curve[]} curves
 */
export function jsonOf(curves) {
  const shown = curves.map(({ run, arm, steps, epochs, layers, end }) => ({
    run,
    optimizer: arm,
    steps,
    epochs,
    layers,
    end: end ?? null,
  }));
  return `${JSON.stringify(shown, null, 1)}\n`;
}

/**
 * Lets the browser save a file.
 * @param {string} name
 * @param {Blob | string} content
 */
export function save(name, content) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/**
 * Saves a chart as an SVG file.
 * @param {string} name
 * @param {string} title
 * @param {import("./svg_file.js").Shown} shown
 */
export function saveSvg(name, title, shown) {
  save(`${name}.svg`, new Blob([svgOf(title, shown)], { type: "image/svg+xml" }));
}

/**
 * Saves a chart as a PNG file, with its title and legend, in the colors of the page.
 * @param {string} name
 * @param {string} title
 * @param {import("./svg_file.js").Shown} shown
 */
export function savePicture(name, title, { plot, curves }) {
  const source = plot.ctx.canvas;
  const scale = source.width / plot.width;
  const header = (52 + 18 * curves.length) * scale;
  const picture = document.createElement("canvas");
  picture.width = source.width + 24 * scale;
  picture.height = source.height + header + 12 * scale;
  const pen = picture.getContext("2d");
  if (!pen) return;
  pen.fillStyle = cssColor("--card");
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.drawImage(source, 12 * scale, header);
  pen.scale(scale, scale);
  pen.fillStyle = cssColor("--ink");
  pen.font = "600 15px system-ui, sans-serif";
  pen.fillText(title, 14, 28);
  pen.font = "13px system-ui, sans-serif";
  curves.forEach((curve, i) => {
    const y = 52 + 18 * i;
    pen.fillText(curve.label, 48, y);
    pen.strokeStyle = cssColor(`--c${curve.color}`);
    pen.lineWidth = 3;
    pen.setLineDash(DASHES[curve.dash % DASHES.length] ?? []);
    pen.beginPath();
    pen.moveTo(14, y - 4);
    pen.lineTo(40, y - 4);
    pen.stroke();
  });
  picture.toBlob((blob) => blob && save(`${name}.png`, blob));
}
