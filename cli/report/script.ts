/** The report's script: tooltips at the nearest points, and a legend that hides curves. */
export const script = `
"use strict";
const hidden = new Set();

function nearest(points, x) {
  let best = points[0];
  for (const point of points) if (Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
  return best;
}

function row(series, value, chart) {
  const line = document.createElement("div");
  const swatch = document.createElement("span");
  swatch.className = "swatch s" + series.color;
  swatch.style.background = "currentColor";
  const name = document.createElement("span");
  name.textContent = series.name;
  const number = document.createElement("b");
  number.textContent = value.toFixed(chart.decimals) + chart.unit;
  line.append(swatch, name, number);
  return line;
}

for (const figure of document.querySelectorAll("[data-chart]")) {
  const chart = JSON.parse(figure.dataset.chart);
  const svg = figure.querySelector("svg");
  const cross = figure.querySelector(".cross");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  figure.append(tip);

  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const scale = chart.width / box.width;
    const position = (event.clientX - box.left) * scale;
    const share = (position - chart.left) / (chart.right - chart.left);
    const shown = chart.series.filter((one) => !hidden.has(one.name) && one.points.length > 0);
    if (shown.length === 0) return leave();
    const at = nearest(shown[0].points, share * chart.xEnd)[0];
    const x = chart.left + at / chart.xEnd * (chart.right - chart.left);
    cross.setAttribute("x1", x);
    cross.setAttribute("x2", x);
    cross.removeAttribute("hidden");
    const title = document.createElement("div");
    title.className = "soft";
    title.textContent = chart.xLabel + " " + Number(at.toFixed(2));
    tip.replaceChildren(title, ...shown.map((one) => row(one, nearest(one.points, at)[1], chart)));
    tip.hidden = false;
    const pixel = box.left - figure.getBoundingClientRect().left + x / scale;
    const room = figure.clientWidth - tip.offsetWidth - 8;
    tip.style.left = Math.max(8, pixel + 14 > room ? pixel - tip.offsetWidth - 14 : pixel + 14) + "px";
    tip.style.top = (event.clientY - figure.getBoundingClientRect().top - tip.offsetHeight / 2) + "px";
  });

  function leave() {
    tip.hidden = true;
    cross.setAttribute("hidden", "");
  }
  svg.addEventListener("pointerleave", leave);
}

for (const button of document.querySelectorAll(".legend button")) {
  const name = button.dataset.name;
  const same = () =>
    [...document.querySelectorAll(".series")].filter((group) => group.dataset.name === name);
  const others = () =>
    [...document.querySelectorAll(".series")].filter((group) => group.dataset.name !== name);
  button.addEventListener("click", () => {
    const hide = !hidden.has(name);
    if (hide) hidden.add(name);
    else hidden.delete(name);
    button.setAttribute("aria-pressed", String(!hide));
    for (const group of same()) group.toggleAttribute("hidden", hide);
  });
  button.addEventListener("pointerenter", () => others().forEach((g) => g.classList.add("dim")));
  button.addEventListener("pointerleave", () => others().forEach((g) => g.classList.remove("dim")));
}
`;
