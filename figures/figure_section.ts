import { checkOptions, type OptionRules } from "../graph/check_options.ts";
import { oneOf, optional } from "../graph/check_value.ts";
import { axisTitle, type Drawing } from "./canvas.ts";
import { drawPanels, legendOf } from "./draw.ts";
import type { Figure, LinePanel, Panel } from "./figure.ts";
import { type Html, idOf, markup, trusted } from "./html.ts";
import { legendSample } from "./legend_sample.ts";
import type { SeriesStyles } from "./series_style.ts";
import { type PageTable, tableCard } from "./table.ts";
import { plain } from "./ticks.ts";

/** Maximum number of rows of a table. */
const MOST_ROWS = 400;

/** Options for `figureSection`. */
export interface FigureSectionOptions {
  /**
   * Element of the title: `"h2"` if the section follows the title of the page, so that no level of
   * headings is skipped. Default: `"h3"`.
   */
  readonly heading?: "h2" | "h3";
}

const sectionRules: OptionRules<FigureSectionOptions> = { heading: optional(oneOf(["h2", "h3"])) };

/** Renders a figure as a section of a page: legend, panels, and data tables. */
export async function figureSection(
  figure: Figure,
  styles: SeriesStyles,
  options: FigureSectionOptions = {},
): Promise<Html> {
  checkOptions("render a figure", options, sectionRules);
  const heading = trusted(options.heading ?? "h3");
  const drawings = await drawPanels(figure, styles);
  const entries = legendOf(figure).map((entry, key) => {
    const sample = legendSample(entry, styles);
    return markup`<li data-key="${key}"><svg viewBox="0 0 28 12" aria-hidden="true">${sample}</svg>${entry.label}</li>
`;
  });
  return markup`<section class="figure" id="${idOf(figure.name)}">
<${heading}>${figure.title}</${heading}>
<p class="soft">${figure.caption}</p>
<ul class="legend">${entries}</ul>
<div class="panels" style="--columns: ${columnsOf(figure)}">
${drawings.map((drawing, i) => panelCard(figure.panels[i]!, drawing))}</div>
${numbersOf(figure, styles)}
</section>`;
}

/** A page has room for three columns. More panels are put in rows of equal length. */
function columnsOf({ columns, panels }: Figure): number {
  const wanted = Math.max(1, Math.min(columns, panels.length));
  return wanted > 3 ? Math.ceil(wanted / 2) : wanted;
}

function panelCard({ title }: Panel, { svg, hover }: Drawing): Html {
  const data = hover === undefined ? null : markup` data-chart="${JSON.stringify(hover)}"`;
  return markup`<figure class="panel-card"${data}><figcaption>${title}</figcaption>
${trusted(svg)}
</figure>
`;
}

/** Data tables of the panels, for exact values and screen readers. */
function numbersOf({ panels }: Figure, styles: SeriesStyles): Html | null {
  const tables = panels.flatMap((panel) => tableOf(panel) ?? []);
  if (tables.length === 0) return null;
  return markup`<details><summary>Data tables</summary>
${tables.map((table) => tableCard(table, styles))}</details>`;
}

function tableOf(panel: Panel): PageTable | null {
  if (panel.kind === undefined || panel.kind === "lines") return curvesTable(panel);
  if (panel.kind !== "bars") return null;
  return {
    caption: panel.title,
    columns: [
      { label: "", kind: "text" },
      { label: axisTitle(panel.value), kind: "number" },
      { label: "from – to", kind: "number" },
    ],
    rows: panel.bars.map(({ group, label, arm, value, low, high }) => ({
      arm,
      cells: [
        group === "" ? label : `${group}: ${label}`,
        precise(value),
        low === undefined || high === undefined ? "" : `${precise(low)} – ${precise(high)}`,
      ],
    })),
  };
}

/** A table with one row per x and one column per curve; long tables are thinned out evenly. */
function curvesTable({ title, x, y, curves }: LinePanel): PageTable {
  const xs = [...new Set(curves.flatMap(({ points }) => points.map((point) => point.x)))]
    .toSorted((a, b) => a - b);
  const every = Math.ceil(xs.length / MOST_ROWS);
  const shown = xs.filter((_, i) => i % every === 0 || i === xs.length - 1);
  const values = curves.map(({ points }) => new Map(points.map((point) => [point.x, point])));
  const thinned = every > 1 ? `, 1 of ${every} rows` : "";
  return {
    caption: `${title}: ${axisTitle(y)}${thinned}`,
    columns: [
      { label: axisTitle(x), kind: "text" },
      ...curves.map(({ label }) => ({ label, kind: "number" }) as const),
    ],
    rows: shown.map((at) => ({
      cells: [
        precise(at),
        ...values.map((points) => {
          const point = points.get(at);
          if (!point) return "";
          const { y, low = y, high = y } = point;
          return high > low ? `${precise(y)} ± ${precise((high - low) / 2)}` : precise(y);
        }),
      ],
    })),
  };
}

function precise(value: number): string {
  return Number.isFinite(value) ? plain(Number(value.toPrecision(5))) : "–";
}
