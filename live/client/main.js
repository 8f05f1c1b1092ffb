import { swatch } from "./chart_parts.js";
import { chartKinds } from "./chart_kinds.js";
import { Chart } from "./charts.js";
import { RatioChart } from "./ratio_chart.js";
import { Runs, shareDone } from "./runs.js";

/** Delay before reconnecting if the server did not answer with a stream, in milliseconds. */
const RETRY_MS = 2000;

const runs = new Runs();
const charts = chartKinds.map((kind) => new Chart(kind));
const ratioChart = new RatioChart();
/** @type {Set<string>} */
const hidden = new Set();
/** Runs that are shown; undefined until the list of runs has arrived. */
let selected = readSelection();
/** @type {EventSource | undefined} */
let source;
let isEnded = false;
let isDrawing = false;

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

function readSelection() {
  const ids = new URLSearchParams(location.search).getAll("run");
  return ids.length > 0 ? ids : undefined;
}

/** Stores the selection in the URL, so that it survives a reload. */
function writeAddress() {
  const query = new URLSearchParams((selected ?? []).map((id) => ["run", id]));
  const { axis, log } = view();
  if (axis !== "epoch") query.set("axis", axis);
  if (log) query.set("log", "1");
  history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
}

function connect() {
  source?.close();
  const query = new URLSearchParams((selected ?? []).map((id) => ["run", id]));
  const opened = new EventSource(`events?${query}`);
  source = opened;
  opened.addEventListener("open", () => {
    isEnded = false;
    showStatus("live", "live");
  });
  opened.addEventListener("runs", ({ data }) => takeRuns(JSON.parse(data)));
  opened.addEventListener("lines", ({ data }) => {
    runs.add(JSON.parse(data));
    drawSoon();
  });
  opened.addEventListener("closed", () => isEnded = true);
  opened.addEventListener("error", () => {
    showStatus("lost", isEnded ? "the command has ended" : "connection lost, reconnecting …");
    // the browser reconnects by itself, except after an answer that was not a stream
    if (opened.readyState === EventSource.CLOSED) {
      setTimeout(() => source === opened && connect(), RETRY_MS);
    }
  });
}

/** @param {import("../messages.ts").RunsMessage} message */
function takeRuns({ runs: infos, styles, ratioEdges }) {
  Object.assign(runs, { infos, styles, ratioEdges });
  if (selected === undefined && infos.length > 0) {
    const named = infos.filter(({ isNamed }) => isNamed);
    selected = (named.length > 0 ? named : infos.slice(0, 1)).map(({ id }) => id).toSorted();
    connect();
  }
  showRunList();
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

function showRunList() {
  const { infos } = runs;
  byId("runs").hidden = infos.length < 2;
  byId("runs-summary").textContent = `${infos.length} runs, ${shownIds().length} shown`;
  byId("run-list").replaceChildren(...infos.map(({ id, title, arms }) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = selected?.includes(id) === true;
    box.addEventListener("change", () => select(id, box.checked));
    const path = document.createElement("span");
    path.className = "path";
    path.textContent = id;
    const about = document.createElement("span");
    about.className = "soft";
    about.textContent = `${title}: ${arms.join(", ")}`;
    const label = document.createElement("label");
    label.append(box, path, about);
    const item = document.createElement("li");
    item.append(label);
    return item;
  }));
}

function shownIds() {
  return (selected ?? []).filter((id) => runs.infos.some((info) => info.id === id));
}

/**
 * @param {string} id
 * @param {boolean} isShown
 */
function select(id, isShown) {
  const others = (selected ?? []).filter((other) => other !== id);
  selected = isShown ? [...others, id] : others;
  writeAddress();
  connect();
  showRunList();
  drawSoon();
}

/** @returns {import("./charts.js").View} */
function view() {
  const checked = document.querySelector('input[name="axis"]:checked');
  const value = checked instanceof HTMLInputElement ? checked.value : "epoch";
  const log = byId("log");
  return {
    axis: value === "step" || value === "seconds" ? value : "epoch",
    log: log instanceof HTMLInputElement && log.checked,
    hidden,
  };
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
  const curves = runs.curves(ids);
  const titles = new Set(runs.infos.filter(({ id }) => ids.includes(id)).map(({ title }) => title));
  byId("title").textContent = [...titles].join(" and ") || "Gspace live";
  document.title = `${byId("title").textContent} · live`;
  const hasLines = curves.some(({ steps, epochs }) => steps.length + epochs.length > 0);
  byId("hint").hidden = hasLines;
  byId("now").hidden = byId("controls").hidden = !hasLines;
  showLegend(curves);
  showNow(curves);
  for (const chart of charts) chart.draw(curves, view());
  ratioChart.draw(curves, runs.ratioEdges, hidden);
}

/** @param {readonly import("./runs.js").Curve[]} curves */
function showLegend(curves) {
  const legend = byId("legend");
  const shape = JSON.stringify(curves.map(({ key, color, dash }) => [key, color, dash]));
  if (legend.dataset.shape === shape) return;
  legend.dataset.shape = shape;
  legend.replaceChildren(...curves.map((curve) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(!hidden.has(curve.key)));
    button.append(swatch(curve), curve.label);
    button.addEventListener("click", () => {
      if (!hidden.delete(curve.key)) hidden.add(curve.key);
      button.setAttribute("aria-pressed", String(!hidden.has(curve.key)));
      drawSoon();
    });
    return button;
  }));
}

/** @param {readonly import("./runs.js").Curve[]} curves */
function showNow(curves) {
  const header = [
    "optimizer",
    "done",
    "epoch",
    "train loss",
    "train error",
    "test error",
    "images/s",
  ];
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  header.forEach((title, i) => {
    const cell = document.createElement("th");
    cell.textContent = title;
    cell.className = i < 2 ? "text" : "";
    head.append(cell);
  });
  const body = table.createTBody();
  for (const curve of curves) fillRow(body.insertRow(), curve);
  byId("now").replaceChildren(table);
}

/**
 * @param {HTMLTableRowElement} row
 * @param {import("./runs.js").Curve} curve
 */
function fillRow(row, curve) {
  const { steps, epochs, end } = curve;
  const [step, epoch] = [steps.at(-1), epochs.at(-1)];
  const name = row.insertCell();
  name.className = "text";
  name.append(swatch(curve), curve.label);
  const done = row.insertCell();
  done.className = "text";
  const share = shareDone(curve, runs.infos.find(({ id }) => id === curve.run));
  if (share !== undefined) {
    const bar = document.createElement("progress");
    bar.value = share;
    done.append(bar, end ? "finished" : `${Math.floor(100 * share)} %`);
  }
  const percent = (/** @type {number | null | undefined} */ value) =>
    value === undefined || value === null ? "–" : `${(100 * value).toFixed(2)} %`;
  const texts = [
    String(Number(Math.max(step?.epoch ?? 0, epoch?.epoch ?? 0).toFixed(2))),
    step?.loss?.toFixed(4) ?? "–",
    step ? percent(1 - step.accuracy) : "–",
    percent(epoch?.testError),
    step?.imagesPerSecond ? Math.round(step.imagesPerSecond).toLocaleString("en") : "–",
  ];
  for (const text of texts) row.insertCell().textContent = text;
}

function begin() {
  const query = new URLSearchParams(location.search);
  for (const input of document.querySelectorAll('input[name="axis"]')) {
    if (input instanceof HTMLInputElement) {
      input.checked = input.value === (query.get("axis") ?? "epoch");
    }
  }
  const log = byId("log");
  if (log instanceof HTMLInputElement) log.checked = query.has("log");
  byId("controls").addEventListener("change", () => {
    writeAddress();
    drawSoon();
  });
  byId("charts").append(...charts.map(({ figure }) => figure), ratioChart.figure);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener(
    "change",
    () => [...charts, ratioChart].forEach((chart) => chart.recolor()),
  );
  connect();
}

begin();
