import uPlotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import uPlotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import page from "./client/page.html" with { type: "text" };
import style from "./client/page.css" with { type: "text" };
import main from "./client/main.js" with { type: "text" };
import charts from "./client/charts.js" with { type: "text" };
import runs from "./client/runs.js" with { type: "text" };

/** A file that the server gives out. */
export interface Asset {
  readonly type: string;
  readonly body: string;
}

const html = (body: string): Asset => ({ type: "text/html; charset=utf-8", body });
const css = (body: string): Asset => ({ type: "text/css; charset=utf-8", body });
const script = (body: string): Asset => ({ type: "text/javascript; charset=utf-8", body });

/** All files of the page by path: they are part of the program, and no path leads to the disk. */
export const assets: ReadonlyMap<string, Asset> = new Map([
  ["/", html(page)],
  ["/page.css", css(style)],
  ["/uplot.css", css(uPlotStyle)],
  ["/uplot.js", script(uPlotScript)],
  ["/main.js", script(main)],
  ["/charts.js", script(charts)],
  ["/runs.js", script(runs)],
]);
