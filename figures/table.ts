import { type Html, markup } from "./html.ts";
import { legendSample } from "./legend_sample.ts";
import type { SeriesStyles } from "./series_style.ts";

/** A table of a page. */
export interface PageTable {
  /** Caption. */
  readonly caption?: string;
  /**
   * Whether a click on the heading of a column sorts the rows by it, in a page with its script. A
   * sorted table has no rows with headings. Default: `false`.
   */
  readonly isSortable?: boolean;
  /** Columns, from left to right. */
  readonly columns: readonly PageColumn[];
  /** Rows, from top to bottom. */
  readonly rows: readonly PageRow[];
}

/** A column. */
export interface PageColumn {
  /** Heading. */
  readonly label: string;
  /** Optimizer that the column is about, whose style is shown beside the label. */
  readonly arm?: string;
  /** Text is aligned left, and numbers right. */
  readonly kind: "text" | "number";
}

/** A row, or a heading that spans all columns. */
export type PageRow =
  | { readonly heading: string }
  | { readonly arm?: string | null; readonly cells: readonly PageCell[] };

/** Contents of a cell. A sorted table is sorted by their text, as a number if it is one. */
export type PageCell = string | Html | SortedCell;

/** Contents of a cell that is not sorted by its text. */
export interface SortedCell {
  /** What is shown. */
  readonly content: string | Html;
  /** What it is sorted by. Cells with `null` come last. */
  readonly sortBy: string | number | null;
}

/** Renders a table as a card. The first column names the row, with a sample of the arm's style. */
export function tableCard(table: PageTable, styles: SeriesStyles = new Map()): Html {
  const { caption, columns, rows, isSortable = false } = table;
  const classOf = (i: number) => columns[i]?.kind === "text" ? "text" : "number";
  const head = columns.map(({ label, arm }, i) =>
    markup`<th scope="col" class="${classOf(i)}">${armSample(arm, styles)}${label}</th>`
  );
  const body = rows.map((row) => {
    if ("heading" in row) {
      return markup`<tr class="group"><th scope="rowgroup" class="text" colspan="${columns.length}">${row.heading}</th></tr>
`;
    }
    const cells = row.cells.map((cell, i) =>
      i === 0
        ? markup`<th scope="row" class="${classOf(i)}"${sortOf(cell)}>${
          armSample(row.arm, styles)
        }${contentOf(cell)}</th>`
        : markup`<td class="${classOf(i)}"${sortOf(cell)}>${contentOf(cell)}</td>`
    );
    return markup`<tr>${cells}</tr>
`;
  });
  const title = caption === undefined ? null : markup`<caption>${caption}</caption>`;
  const look = isSortable ? markup` class="sortable"` : null;
  return markup`<div class="card"><table${look}>${title}<thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

function isSorted(cell: PageCell): cell is SortedCell {
  return typeof cell === "object" && "sortBy" in cell;
}

function contentOf(cell: PageCell): string | Html {
  return isSorted(cell) ? cell.content : cell;
}

function sortOf(cell: PageCell): Html | null {
  return isSorted(cell) ? markup` data-sort="${cell.sortBy ?? ""}"` : null;
}

/** A sample of an optimizer's style, if it has one. */
export function armSample(arm: string | null | undefined, styles: SeriesStyles): Html | null {
  if (arm === undefined || arm === null || !styles.has(arm)) return null;
  const entry = { label: arm, arm, variant: 0 };
  return markup`<svg viewBox="0 0 28 12" aria-hidden="true">${legendSample(entry, styles)}</svg>`;
}
