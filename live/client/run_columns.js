/**
 * The columns of the table of curves.
 *
 * @typedef {import("./runs.js").Curve} Curve
 *
 * @typedef {object} Column
 * @property {string} id
 * @property {string} title
 * @property {(curve: Curve) => string} text
 * @property {(curve: Curve) => number | string | undefined} value What it is sorted by.
 * @property {boolean} [isText]
 */
import { changedNames } from "./runs.js";

const percent = (/** @type {number | null | undefined} */ value) =>
  value === undefined || value === null ? "–" : `${(100 * value).toFixed(2)} %`;
const whole = (/** @type {number} */ value) => Math.round(value).toLocaleString("en");

/** @param {Curve} curve */
function epochOf({ steps, epochs }) {
  return Math.max(steps.at(-1)?.epoch ?? 0, epochs.at(-1)?.epoch ?? 0);
}

/**
 * @param {string} id
 * @param {string} title
 * @param {(curve: Curve) => number | null | undefined} value
 * @param {(value: number) => string} show
 * @returns {Column}
 */
function numbers(id, title, value, show) {
  return {
    id,
    title,
    value: (curve) => value(curve) ?? undefined,
    text: (curve) => {
      const found = value(curve);
      return found === null || found === undefined ? "–" : show(found);
    },
  };
}

/** @type {(curve: Curve) => number | null | undefined} */
const bytesOf = ({ end }) => end?.plan?.temporaryBytes;

/** @type {readonly Column[]} */
const measured = [
  numbers("epoch", "epoch", epochOf, (value) => String(Number(value.toFixed(2)))),
  numbers("train-loss", "train loss", ({ steps }) => steps.at(-1)?.loss, (v) => v.toFixed(4)),
  numbers("train-error", "train error", ({ steps }) => {
    const last = steps.at(-1);
    return last && 1 - last.accuracy;
  }, percent),
  numbers(
    "validation-error",
    "validation error",
    (curve) => lastOf(curve, "validationError"),
    percent,
  ),
  numbers("test-error", "test error", (curve) => lastOf(curve, "testError"), percent),
  numbers("throughput", "images/s", ({ steps }) => steps.at(-1)?.imagesPerSecond, whole),
  numbers("memory", "memory/step", bytesOf, memorySize),
];

/**
 * @param {Curve} curve
 * @param {"validationError" | "testError"} name
 */
function lastOf({ epochs }, name) {
  return epochs.at(-1)?.[name];
}

/** @param {number} bytes */
function memorySize(bytes) {
  const [size, unit] = bytes < 2 ** 20 ? [2 ** 10, "KiB"] : [2 ** 20, "MiB"];
  return `${Number((bytes / size).toPrecision(3)).toLocaleString("en")} ${unit}`;
}

/** Number of settings that have columns of their own. If there are more, all but two share one. */
const MOST_SETTINGS = 3;

/** Columns that are shown only if a curve has a value. */
const optional = new Set(["validation-error", "memory"]);

/**
 * The columns of the settings that differ.
 * @param {readonly Curve[]} curves
 * @returns {readonly Column[]}
 */
function settingColumns(curves) {
  const changed = changedNames(curves);
  const count = changed.length > MOST_SETTINGS ? MOST_SETTINGS - 1 : changed.length;
  const own = changed.slice(0, count).map((name) => ({
    id: name,
    title: flagOf(name),
    text: (/** @type {Curve} */ { settings }) => settings[name] ?? "–",
    value: (/** @type {Curve} */ { settings }) => sortable(settings[name]),
    isText: true,
  }));
  const rest = changed.slice(count);
  if (rest.length === 0) return own;
  const text = (/** @type {Curve} */ { settings }) =>
    rest.filter((name) => (settings[name] ?? "–") !== "–")
      .map((name) => `${flagOf(name)} ${settings[name]}`).join(", ") || "–";
  const value = (/** @type {Curve} */ curve) => sortable(text(curve));
  return [...own, { id: "rest", title: "other settings", text, value, isText: true }];
}

/** @param {string} name */
function flagOf(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * The columns of a table: the curve, the settings that differ, and what is measured.
 * @param {readonly Curve[]} curves
 * @param {(curve: Curve) => number | undefined} shareOf The completed share of a run, if known.
 * @returns {readonly Column[]}
 */
export function columnsFor(curves, shareOf) {
  return [
    {
      id: "curve",
      title: "curve",
      text: ({ label }) => label,
      value: ({ label }) => label,
      isText: true,
    },
    { id: "done", title: "done", text: () => "", value: shareOf, isText: true },
    ...settingColumns(curves),
    ...measured.filter(({ id, value }) =>
      !optional.has(id) || curves.some((curve) => value(curve) !== undefined)
    ),
  ];
}

/**
 * A number if the text is one.
 * @param {string | undefined} text
 */
function sortable(text) {
  const number = Number(text);
  return text === undefined || text === "–" ? undefined : Number.isNaN(number) ? text : number;
}
