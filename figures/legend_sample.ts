import { type Html, markup } from "./html.ts";
import { colorClass } from "./canvas.ts";
import type { LegendEntry } from "./draw.ts";
import { looks } from "./network_look.ts";
import { dashOf, type MarkSymbol, type SeriesStyles, styleOf } from "./series_style.ts";

/** Outlines of the marks, centered at (14, 6), with about equal areas. */
const outlines: Readonly<Record<MarkSymbol, string>> = {
  circle: "M10.6,6a3.4,3.4 0 1,0 6.8,0a3.4,3.4 0 1,0 -6.8,0z",
  square: "M11,3h6v6h-6z",
  triangle: "M14,1.6l4,7h-8z",
  diamond: "M14,1.4l2.8,4.6l-2.8,4.6l-2.8,-4.6z",
};

/** Width and height of a sample. */
export const SAMPLE = { width: 28, height: 12 } as const;

/** Draws a sample of a curve or of links, for a legend. */
export function legendSample(entry: LegendEntry, styles: SeriesStyles): Html {
  if ("look" in entry) {
    const { color, width, opacity, dashes } = looks[entry.look];
    return markup`<line x1="0" x2="28" y1="6" y2="6" class="${color}" stroke="currentColor" \
stroke-width="${width}" stroke-opacity="${opacity}" stroke-dasharray="${dashes}" />`;
  }
  const style = styleOf(styles, entry.arm);
  const dashes = dashOf(style, entry);
  return markup`
    <g class="${colorClass(style)}">
      <line x1="0" x2="28" y1="6" y2="6" stroke="currentColor" stroke-width="2"
        stroke-dasharray="${dashes}" />
      <path d="${outlines[style.symbol]}" fill="currentColor" />
    </g>
  `;
}
