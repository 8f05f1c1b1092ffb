/**
 * The table of curves: the latest numbers, and the settings in which they differ.
 *
 * @typedef {import("./runs.js").Curve} Curve
 *
 * @typedef {import("./run_columns.js").Column} Column
 */
import { swatch } from "./chart_parts.js";
import { columnsFor } from "./run_columns.js";

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
    this.#columns = columnsFor(curves, this.page.shareOf);
    const shape = JSON.stringify([
      this.#columns.map(({ id }) => id),
      curves.map(({ key, label, color, dash }) => [key, label, color, dash]),
    ]);
    if (shape !== this.#shape) this.#make(curves);
    this.#shape = shape;
    for (const curve of curves) this.#fill(curve);
    this.#order(curves, sort);
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
      cell.className = isText ? `text ${id}` : "";
      const text = document.createElement("span");
      if (id === "curve") cell.append(swatch(curve));
      if (id === "done") cell.append(progressBar());
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

/** A bar that shows what the text after it says. */
function progressBar() {
  const bar = document.createElement("progress");
  bar.setAttribute("aria-hidden", "true");
  return bar;
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
