import { type Html, markup } from "./html.ts";
import { legendSample } from "./legend_sample.ts";
import type { SeriesStyles } from "./series_style.ts";

/** A table of a page. */
export interface PageTable {
  /** What the table shows. */
  readonly caption?: string;
  /** From left to right. */
  readonly columns: readonly PageColumn[];
  /** From top to bottom. */
  readonly rows: readonly PageRow[];
}

/** One column. */
export interface PageColumn {
  /** What stands above it. */
  readonly label: string;
  /** Words stand on the left, numbers on the right. */
  readonly kind: "text" | "number";
}

/** One row, or a heading that goes over all columns. */
export type PageRow =
  | { readonly heading: string }
  | { readonly arm?: string | null; readonly cells: readonly PageCell[] };

/** What stands in a field. */
export type PageCell = string | Html;

/** A table in a card; the first column tells what the row is, with the arm's sample. */
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
