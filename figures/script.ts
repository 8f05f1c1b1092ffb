/**
 * The script of pages: shows values under the pointer, hides curves from the legend, saves data
 * tables as CSV, and copies commands.
 */
export const pageScript = `
"use strict";
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
  cross.setAttribute("y1", 28);
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
    const outer = figure.getBoundingClientRect();
    const pixel = area.left - outer.left + x / scale;
    const room = figure.clientWidth - tip.offsetWidth - 8;
    tip.style.left = Math.max(8, pixel + 14 > room ? pixel - tip.offsetWidth - 14 : pixel + 14) + "px";
    tip.style.top = (event.clientY - outer.top - tip.offsetHeight / 2) + "px";
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

function tool(text, help, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tool";
  button.textContent = text;
  button.setAttribute("aria-label", help);
  button.addEventListener("click", () => onClick(button));
  return button;
}

function csvOf(table) {
  const cellOf = (cell) => {
    const text = cell.textContent.trim();
    return /[",\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  return [...table.rows].map((row) => [...row.cells].map(cellOf).join() + "\\n").join("");
}

for (const table of document.querySelectorAll("section.figure details table")) {
  const title = table.caption ? table.caption.textContent : document.title;
  table.after(tool("Download CSV", "Download as CSV: " + title, () => {
    const link = document.createElement("a");
    const url = URL.createObjectURL(new Blob([csvOf(table)], { type: "text/csv" }));
    link.setAttribute("href", url);
    link.download = title.replace(/[^\\w-]+/g, "-").slice(0, 60) + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }));
}

for (const command of navigator.clipboard ? document.querySelectorAll(".command") : []) {
  const text = command.textContent;
  command.after(" ", tool("Copy", "Copy the command", async (button) => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => button.textContent = "Copy", 2000);
  }));
}
`;
