/** The page: connects the data with what shows it. */
import { chartKinds } from "./chart_kinds.js";
import { Chart } from "./charts.js";
import { Controls } from "./controls.js";
import { jsonOf, save } from "./downloads.js";
import { byId } from "./elements.js";
import { HistogramChart } from "./histogram_chart.js";
import { Legend } from "./legend.js";
import { Mistakes } from "./mistakes.js";
import { RatioChart } from "./ratio_chart.js";
import { RunList } from "./run_list.js";
import { parameterNames, Runs, shareDone } from "./runs.js";
import { RunTable } from "./run_table.js";
import { Stream } from "./stream.js";
import { ViewState } from "./view_state.js";

const runs = new Runs();
const view = ViewState.fromQuery(location.search);
const charts = chartKinds.map((kind) =>
  new Chart(kind, {
    onZoom: (chart, range) => change(() => view.zoom(chart, range)),
    onLog: (chart) => change(() => view.toggleLog(chart)),
  })
);
const ratioChart = new RatioChart();
const histograms = [
  new HistogramChart("gradients", "Gradient"),
  new HistogramChart("weights", "Weights"),
];
const legend = new Legend(byId("legend"), (key) =>
  change(() => {
    if (!view.hidden.delete(key)) view.hidden.add(key);
  }));
const table = new RunTable(byId("now"), {
  shareOf: (curve) => shareDone(curve, runs.infos.find(({ id }) => id === curve.run)),
  onSort: (column) => change(() => view.sortBy(column)),
});
const mistakes = new Mistakes(byId("mistakes"));
const runList = new RunList(byId("run-list"), select);
const controls = new Controls(view, change);
const stream = new Stream({
  onRuns: takeRuns,
  onLines(message) {
    runs.add(message);
    drawSoon();
  },
  onSamples(message) {
    runs.addSamples(message);
    drawSoon();
  },
  onStatus: showStatus,
});
let isDrawing = false;

/**
 * Changes what is shown, and the address with it.
 * @param {() => void} action
 */
function change(action) {
  action();
  const query = view.toQuery();
  history.replaceState(null, "", query === "" ? location.pathname : `?${query}`);
  drawSoon();
}

/** @param {import("../messages.ts").RunsMessage} message */
function takeRuns({ runs: infos, styles, ratioEdges }) {
  Object.assign(runs, { infos, styles, ratioEdges });
  if (view.runs === undefined && infos.length > 0) {
    const named = infos.filter(({ isNamed }) => isNamed);
    view.runs = (named.length > 0 ? named : infos.slice(0, 1)).map(({ id }) => id).toSorted();
    stream.open(view.runs);
  }
  drawSoon();
}

/**
 * @param {"live" | "lost"} state
 * @param {string} text
 */
function showStatus(state, text) {
  const status = byId("status");
  status.dataset.state = state;
  status.textContent = text;
}

/** The runs that are shown and known. */
function shownIds() {
  return (view.runs ?? []).filter((id) => runs.infos.some((info) => info.id === id));
}

/**
 * @param {string} id
 * @param {boolean} isShown
 */
function select(id, isShown) {
  change(() => {
    const others = (view.runs ?? []).filter((other) => other !== id);
    view.runs = isShown ? [...others, id] : others;
    stream.open(view.runs);
  });
}

/** Draws at most once per frame. Browsers draw no frames for hidden pages. */
function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

function draw() {
  const ids = shownIds();
  const curves = runs.curves(ids, view.colorBy);
  showTitle(ids);
  byId("runs").hidden = runs.infos.length < 2;
  byId("runs-summary").textContent = `${runs.infos.length} runs, ${ids.length} shown`;
  runList.draw(runs.infos, ids);
  const hasLines = curves.some(({ steps, epochs }) => steps.length + epochs.length > 0);
  byId("hint").hidden = hasLines;
  for (const id of ["now", "controls", "more"]) byId(id).hidden = !hasLines;
  legend.draw(curves, view.hidden);
  const parameters = parameterNames(curves);
  controls.draw(runs.colorsBy(ids, view.colorBy), ids.length > 1, parameters);
  table.draw(curves, view.sort);
  for (const chart of charts) chart.draw(curves, view);
  ratioChart.draw(curves, runs.ratioEdges, view.hidden);
  for (const chart of histograms) {
    chart.draw(curves, view.parameter ?? parameters[0], view.hidden);
  }
  mistakes.draw(curves, view.hidden);
}

/** @param {readonly string[]} ids */
function showTitle(ids) {
  const shown = runs.infos.filter(({ id }) => ids.includes(id));
  const titles = new Set(shown.map(({ title }) => title));
  byId("title").textContent = [...titles].join(" and ") || "Gspace live";
  // of several runs, only what is true of all; the list has the others
  const abouts = new Set(shown.map(({ about }) => about));
  byId("about").textContent = abouts.size === 1 ? [...abouts].join() : "";
  byId("about").hidden = byId("about").textContent === "";
  document.title = `${byId("title").textContent} · live`;
}

function begin() {
  const all = [...charts, ...histograms, ratioChart];
  byId("charts").append(...all.map(({ figure }) => figure));
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", () => {
      for (const chart of all) chart.recolor();
    });
  }
  byId("json").addEventListener("click", () => {
    save("metrics.json", jsonOf(runs.curves(shownIds(), view.colorBy)));
  });
  const { port, href } = location;
  byId("tunnel").textContent = `ssh -N -L ${port}:127.0.0.1:${port} USER@HOST`;
  byId("address").textContent = new URL("/", href).href;
  stream.open(view.runs ?? []);
}

begin();
