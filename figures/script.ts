import { downloadScript } from "./download_script.ts";
import { sortScript } from "./sort_script.ts";

/**
 * The script of pages: shows values under the pointer, hides curves from the legend, saves panels as
 * SVG and data tables as CSV, copies commands, and sorts tables.
 */
export const pageScript = `
"use strict";
// the margin of panels above their curves
const TOP = 28;

function nearest(points, x) {
  let best = points[0];
  for (const point of points) if (Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
  return best;
}

function rowOf(curve, value, unit) {
  const line = document.createElement("div");
  const swatch = document.createElement("i");
  swatch.className = "c" + curve.color;
  const name = document.createElement("span");
  name.textContent = curve.label;
  const number = document.createElement("b");
  number.textContent = Number(value.toPrecision(5)) + (unit ? " " + unit : "");
  line.append(swatch, name, number);
  return line;
}

for (const figure of document.querySelectorAll("[data-chart]")) {
  const chart = JSON.parse(figure.dataset.chart);
  const svg = figure.querySelector("svg");
  // the browser's tooltip would cover the values
  svg.querySelector("title").remove();
  svg.setAttribute("aria-label", figure.querySelector("figcaption").textContent);
  svg.removeAttribute("aria-labelledby");
  const box = svg.viewBox.baseVal;
  const cross = document.createElementNS("http://www.w3.org/2000/svg", "line");
  cross.setAttribute("class", "cross");
  cross.setAttribute("y1", TOP);
  cross.setAttribute("y2", box.height - 44);
  cross.setAttribute("visibility", "hidden");
  svg.append(cross);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  figure.append(tip);
  const { low, high, log } = chart.x;
  const shareOf = (x) => log ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low || 1);
  const valueAt = (share) => log ? low * (high / low) ** share : low + share * (high - low);
  const hidden = (curve) => svg.querySelector(".k" + curve.key + ".off") !== null;

  svg.addEventListener("pointermove", (event) => {
    const area = svg.getBoundingClientRect();
    const scale = chart.width / area.width;
    const share = ((event.clientX - area.left) * scale - chart.left) / (chart.right - chart.left);
    const shown = chart.curves.filter((curve) => !hidden(curve));
    if (shown.length === 0) return leave();
    const at = nearest(shown[0].points, valueAt(share))[0];
    const x = chart.left + shareOf(at) * (chart.right - chart.left);
    cross.setAttribute("x1", x);
    cross.setAttribute("x2", x);
    cross.setAttribute("visibility", "visible");
    const title = document.createElement("div");
    title.className = "soft";
    title.textContent = chart.xLabel + " " + Number(at.toPrecision(5));
    const rows = shown.map((curve) => rowOf(curve, nearest(curve.points, at)[1], chart.unit));
    tip.replaceChildren(title, ...rows);
    tip.hidden = false;
    // above the curves, or below them where the window ends
    const outer = figure.getBoundingClientRect();
    const room = figure.clientWidth - tip.offsetWidth - 8;
    const center = area.left - outer.left + x / scale - tip.offsetWidth / 2;
    tip.style.left = Math.max(8, Math.min(room, center)) + "px";
    const above = area.top + TOP / scale - tip.offsetHeight - 2;
    tip.style.top = (above < 0 ? area.bottom + 2 : above) - outer.top + "px";
  });

  function leave() {
    tip.hidden = true;
    cross.setAttribute("visibility", "hidden");
  }
  svg.addEventListener("pointerleave", leave);
}

for (const section of document.querySelectorAll("section.figure")) {
  for (const item of section.querySelectorAll(".legend li")) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.append(...item.childNodes);
    item.append(button);
    const mine = "k" + item.dataset.key;
    const all = [...section.querySelectorAll(".series")];
    button.addEventListener("click", () => {
      const hide = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!hide));
      for (const part of all) if (part.classList.contains(mine)) part.classList.toggle("off", hide);
    });
    const dim = (on) => all.forEach((part) => part.classList.toggle("dim", on && !part.classList.contains(mine)));
    button.addEventListener("pointerenter", () => dim(true));
    button.addEventListener("pointerleave", () => dim(false));
  }
}
${downloadScript}${sortScript}`;
