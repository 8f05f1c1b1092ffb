/**
 * Figures: turns data into SVG files and self-contained HTML pages. Drawn by Observable Plot, which
 * is loaded when the first figure is drawn.
 * @module
 */
import "../graph/dispose.ts";
export {
  type Axis,
  type Bar,
  type BarPanel,
  type Bin,
  type Curve,
  type Distribution,
  type Figure,
  type HistogramPanel,
  type LinePanel,
  type MatrixPanel,
  type NetworkLayer,
  type NetworkLinks,
  type NetworkLook,
  type NetworkPanel,
  type NetworkUnits,
  type Panel,
  type Point,
} from "./figure.ts";
export { binValues } from "./bins.ts";
export { DrawingError } from "./canvas.ts";
export { figureFile } from "./svg_file.ts";
export { figureSection, type FigureSectionOptions } from "./figure_section.ts";
export { escapeMarkup, Html, type HtmlValue, markup, trusted } from "./html.ts";
export { GENERATOR, page, type PageLink, type PageOptions } from "./page.ts";
export { paper } from "./style.ts";
export {
  type PageCell,
  type PageColumn,
  type PageRow,
  type PageTable,
  type SortedCell,
  tableCard,
} from "./table.ts";
export {
  type InkColor,
  inkColors,
  type MarkSymbol,
  type SeriesStyle,
  type SeriesStyles,
  stylesOf,
} from "./series_style.ts";
