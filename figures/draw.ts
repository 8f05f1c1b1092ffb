import { drawBars } from "./bar_panel.ts";
import { type Canvas, type Drawing, loadLibrary } from "./canvas.ts";
import type { Figure, NetworkLook, Panel } from "./figure.ts";
import { idOf } from "./html.ts";
import { drawHistogram } from "./histogram_panel.ts";
import { drawLines } from "./line_panel.ts";
import { drawMatrix } from "./matrix_panel.ts";
import { drawNetwork } from "./network_panel.ts";
import type { SeriesStyles } from "./series_style.ts";

/** An entry of a legend: a curve or histogram, or links of a network. */
export type LegendEntry =
  & { readonly label: string }
  & ({ readonly arm: string; readonly variant: number } | { readonly look: NetworkLook });

/** The entries of a figure's legend. Bars are labeled directly and need none. */
export function legendOf({ panels }: Figure): readonly LegendEntry[] {
  const entries = new Map<string, LegendEntry>();
  for (const entry of panels.flatMap(entriesOf)) {
    if (!entries.has(entry.label)) entries.set(entry.label, entry);
  }
  return [...entries.values()];
}

function entriesOf(panel: Panel): readonly LegendEntry[] {
  if (panel.kind === "network") return panel.layers.flatMap(({ links }) => links).toReversed();
  if (panel.kind === "matrix" || panel.kind === "bars") return [];
  if (panel.kind === "histogram") return panel.series.map((one) => ({ ...one, variant: 0 }));
  return panel.curves;
}

/** Draws the panels of a figure, in order. */
export async function drawPanels(
  figure: Figure,
  styles: SeriesStyles,
): Promise<readonly Drawing[]> {
  const library = await loadLibrary();
  const keys = legendOf(figure).map(({ label }) => label);
  return figure.panels.map((panel, i) =>
    drawPanel(panel, { library, styles, keys, id: `${idOf(figure.name)}-${i + 1}` })
  );
}

function drawPanel(panel: Panel, canvas: Canvas): Drawing {
  if (panel.kind === "bars") return drawBars(panel, canvas);
  if (panel.kind === "histogram") return drawHistogram(panel, canvas);
  if (panel.kind === "matrix") return drawMatrix(panel, canvas);
  if (panel.kind === "network") return drawNetwork(panel, canvas);
  return drawLines(panel, canvas);
}
