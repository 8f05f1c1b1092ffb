import { type Html, markup } from "./html.ts";
import { legendSample } from "./legend_sample.ts";
import type { SeriesStyles } from "./series_style.ts";

/** A table of a page. */
export interface PageTable {
  /** Caption. */
  readonly caption?: string;
  /** Columns, from left to right. */
  readonly columns: readonly PageColumn[];
  /** Rows, from top to bottom. */
  readonly rows: readonly PageRow[];
}

/** A column. */
export interface PageColumn {
  /** Heading. */
  readonly label: string;
  /** Text is aligned left, and numbers right. */
  readonly kind: "text" | "number";
}

/** A row, or a heading that spans all columns. */
export type PageRow =
  | { readonly heading: string }
  | { readonly arm?: string | null; readonly cells: readonly PageCell[] };

/** Contents of a cell. */
export type PageCell = string | Html;

/** Renders a table as a card. The first column names the row, with a sample of the arm's style. */
export function tableCard(table: PageTable, styles: SeriesStyles = new Map()): Html {
  const { caption, columns, rows } = table;
  const classOf = (i: number) => columns[i]?.kind === "text" ? "text" : "number";
  const head = columns.map(({ label }, i) =>
    markup`<th scope="col" class="${classOf(i)}">${label}</th>`
  );
  const body = rows.map((row) => {
    if ("heading" in row) {
      return markup`<tr class="group"><th scope="rowgroup" class="text" colspan="${columns.length}">${row.heading}</th></tr>
`;
    }
    const cells = row.cells.map((cell, i) =>
      i === 0
        ? markup`<th scope="row" class="${classOf(i)}">${sampleOf(row.arm, styles)}${cell}</th>`
        : markup`<td class="${classOf(i)}">${cell}</td>`
    );
    return markup`<tr>${cells}</tr>
`;
  });
  const title = caption === undefined ? null : markup`<caption>${caption}</caption>`;
  return markup`<div class="card"><table>${title}<thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

function sampleOf(arm: string | null | undefined, styles: SeriesStyles): Html | null {
  if (arm === undefined || arm === null || !styles.has(arm)) return null;
  const entry = { label: arm, arm, variant: 0 };
  return markup`<svg viewBox="0 0 28 12" aria-hidden="true">${legendSample(entry, styles)}</svg>`;
}
