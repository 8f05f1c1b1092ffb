import uPlotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import uPlotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import page from "./client/page.html" with { type: "text" };
import pageStyle from "./client/page.css" with { type: "text" };
import tableStyle from "./client/table.css" with { type: "text" };
import chartsStyle from "./client/charts.css" with { type: "text" };
import main from "./client/main.js" with { type: "text" };
import { paletteStyle } from "./palette.ts";
import chartKinds from "./client/chart_kinds.js" with { type: "text" };
import chartParts from "./client/chart_parts.js" with { type: "text" };
import charts from "./client/charts.js" with { type: "text" };
import controls from "./client/controls.js" with { type: "text" };
import downloads from "./client/downloads.js" with { type: "text" };
import elements from "./client/elements.js" with { type: "text" };
import histogramChart from "./client/histogram_chart.js" with { type: "text" };
import legend from "./client/legend.js" with { type: "text" };
import mistakes from "./client/mistakes.js" with { type: "text" };
import mistakesStyle from "./client/mistakes.css" with { type: "text" };
import plotOptions from "./client/plot_options.js" with { type: "text" };
import ratioChart from "./client/ratio_chart.js" with { type: "text" };
import runColumns from "./client/run_columns.js" with { type: "text" };
import runList from "./client/run_list.js" with { type: "text" };
import runTable from "./client/run_table.js" with { type: "text" };
import runs from "./client/runs.js" with { type: "text" };
import smoothing from "./client/smoothing.js" with { type: "text" };
import stream from "./client/stream.js" with { type: "text" };
import svgFile from "./client/svg_file.js" with { type: "text" };
import viewState from "./client/view_state.js" with { type: "text" };

/** A file served by the server. */
interface Asset {
  readonly type: string;
  readonly body: string;
}

const html = (body: string): Asset => ({ type: "text/html; charset=utf-8", body });
const css = (body: string): Asset => ({ type: "text/css; charset=utf-8", body });
const script = (body: string): Asset => ({ type: "text/javascript; charset=utf-8", body });

const palette = paletteStyle();

/** All files of the page by path. They are part of the program: requests never read the disk. */
export const assets: ReadonlyMap<string, Asset> = new Map([
  ["/", html(page)],
  ["/page.css", css(palette + pageStyle)],
  ["/table.css", css(tableStyle)],
  ["/charts.css", css(chartsStyle)],
  ["/mistakes.css", css(mistakesStyle)],
  ["/uplot.css", css(uPlotStyle)],
  ["/uplot.js", script(uPlotScript)],
  ["/main.js", script(main)],
  ["/chart_kinds.js", script(chartKinds)],
  ["/chart_parts.js", script(chartParts)],
  ["/charts.js", script(charts)],
  ["/controls.js", script(controls)],
  ["/downloads.js", script(downloads)],
  ["/elements.js", script(elements)],
  ["/histogram_chart.js", script(histogramChart)],
  ["/legend.js", script(legend)],
  ["/mistakes.js", script(mistakes)],
  ["/plot_options.js", script(plotOptions)],
  ["/ratio_chart.js", script(ratioChart)],
  ["/run_columns.js", script(runColumns)],
  ["/run_list.js", script(runList)],
  ["/run_table.js", script(runTable)],
  ["/runs.js", script(runs)],
  ["/smoothing.js", script(smoothing)],
  ["/stream.js", script(stream)],
  ["/svg_file.js", script(svgFile)],
  ["/view_state.js", script(viewState)],
]);
