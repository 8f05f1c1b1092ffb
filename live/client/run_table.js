/**
 * The table of curves: the latest numbers, and the settings in which they differ.
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
import { swatch } from "./chart_parts.js";
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

/** Columns that are shown only if a curve has a value. */
const optional = new Set(["validation-error", "memory"]);

/** A table that is sorted by its headings. Its elements stay while their numbers change. */
export class RunTable {
  #shape = "";
  /** @type {readonly Column[]} */
  #columns = [];
  /** @type {Map<string, HTMLTableRowElement>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} box
   * @param {{ shareOf: (curve: Curve) => number | undefined, onSort: (column: string) => void }} page
   */
  constructor(box, page) {
    this.page = page;
    const table = document.createElement("table");
    this.head = table.createTHead().insertRow();
    this.body = table.createTBody();
    box.replaceChildren(table);
  }

  /**
   * @param {readonly Curve[]} curves
   * @param {import("./view_state.js").ViewState["sort"]} sort
   */
  draw(curves, sort) {
    this.#columns = this.#columnsFor(curves);
    const shape = JSON.stringify([
      this.#columns.map(({ id }) => id),
      curves.map(({ key, label, color, dash }) => [key, label, color, dash]),
    ]);
    if (shape !== this.#shape) this.#make(curves);
    this.#shape = shape;
    for (const curve of curves) this.#fill(curve);
    this.#order(curves, sort);
  }

  /**
   * @param {readonly Curve[]} curves
   * @returns {readonly Column[]}
   */
  #columnsFor(curves) {
    const { shareOf } = this.page;
    const changed = changedNames(curves).map((name) => ({
      id: name,
      title: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      text: (/** @type {Curve} */ { settings }) => settings[name] ?? "–",
      value: (/** @type {Curve} */ { settings }) => sortable(settings[name]),
      isText: true,
    }));
    return [
      {
        id: "curve",
        title: "curve",
        text: ({ label }) => label,
        value: ({ label }) => label,
        isText: true,
      },
      { id: "done", title: "done", text: () => "", value: shareOf, isText: true },
      ...changed,
      ...measured.filter(({ id, value }) =>
        !optional.has(id) || curves.some((curve) => value(curve) !== undefined)
      ),
    ];
  }

  /** @param {readonly Curve[]} curves */
  #make(curves) {
    const focused = document.activeElement?.getAttribute("data-column");
    this.head.replaceChildren(...this.#columns.map(({ id, title, isText }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = title;
      button.dataset.column = id;
      button.addEventListener("click", () => this.page.onSort(id));
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.className = isText ? "text" : "";
      cell.append(button);
      return cell;
    }));
    if (focused) this.#button(focused)?.focus();
    this.#rows = new Map(curves.map((curve) => [curve.key, this.#row(curve)]));
    this.body.replaceChildren(...this.#rows.values());
  }

  /** @param {Curve} curve */
  #row(curve) {
    const row = document.createElement("tr");
    this.#columns.forEach(({ id, isText }) => {
      const cell = document.createElement(id === "curve" ? "th" : "td");
      if (cell instanceof HTMLTableCellElement && id === "curve") cell.scope = "row";
      cell.className = isText ? "text" : "";
      const text = document.createElement("span");
      if (id === "curve") cell.append(swatch(curve));
      if (id === "done") cell.append(document.createElement("progress"));
      cell.append(text);
      row.append(cell);
    });
    return row;
  }

  /** @param {Curve} curve */
  #fill(curve) {
    const cells = this.#rows.get(curve.key)?.cells ?? [];
    this.#columns.forEach(({ id, text }, i) => {
      const span = cells[i]?.querySelector("span");
      const share = id === "done" ? this.page.shareOf(curve) : undefined;
      const bar = cells[i]?.querySelector("progress");
      if (bar) {
        bar.hidden = share === undefined;
        bar.value = share ?? 0;
      }
      const done = share === undefined ? "" : `${Math.floor(100 * share)} %`;
      const words = id !== "done" ? text(curve) : curve.end ? "finished" : done;
      if (span && span.textContent !== words) span.textContent = words;
    });
  }

  /**
   * @param {readonly Curve[]} curves
   * @param {import("./view_state.js").ViewState["sort"]} sort
   */
  #order(curves, sort) {
    const column = this.#columns.find(({ id }) => id === sort?.column);
    for (const { id } of this.#columns) {
      const state = id !== column?.id ? null : sort?.isDescending ? "descending" : "ascending";
      const cell = this.#button(id)?.parentElement;
      if (state) cell?.setAttribute("aria-sort", state);
      else cell?.removeAttribute("aria-sort");
    }
    const sorted = column ? sortedBy(curves, column, sort?.isDescending === true) : curves;
    const rows = sorted.flatMap(({ key }) => this.#rows.get(key) ?? []);
    if (rows.some((row, i) => this.body.rows[i] !== row)) this.body.replaceChildren(...rows);
  }

  /** @param {string} column */
  #button(column) {
    const buttons = [...this.head.querySelectorAll("button")];
    return buttons.find(({ dataset }) => dataset.column === column);
  }
}

/**
 * Sorts curves; those without a value come last.
 * @param {readonly Curve[]} curves
 * @param {Column} column
 * @param {boolean} isDescending
 */
export function sortedBy(curves, { value }, isDescending) {
  const sign = isDescending ? -1 : 1;
  return curves.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) {
      return Number(x === undefined) - Number(y === undefined);
    }
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * String(x).localeCompare(String(y), "en", { numeric: true });
  });
}

/**
 * A number if the text is one.
 * @param {string | undefined} text
 */
function sortable(text) {
  const number = Number(text);
  return text === undefined || text === "–" ? undefined : Number.isNaN(number) ? text : number;
}
