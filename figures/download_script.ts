import { fileStyle } from "./style.ts";

/** The part of a page's script that saves panels as SVG and data tables as CSV, and copies commands. */
export const downloadScript = `
const fileStyle = ${JSON.stringify(fileStyle)};

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

function save(title, ending, type, text) {
  const link = document.createElement("a");
  const url = URL.createObjectURL(new Blob([text], { type }));
  link.setAttribute("href", url);
  link.download = title.replace(/[^\\w-]+/g, "-").slice(0, 60) + ending;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

for (const table of document.querySelectorAll("section.figure details table")) {
  const title = table.caption ? table.caption.textContent : document.title;
  const onClick = () => save(title, ".csv", "text/csv", csvOf(table));
  table.after(tool("Download CSV", "Download as CSV: " + title, onClick));
}

function svgElement(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  element.append(...children);
  return element;
}

// the entries of the legend that a panel has, one below the other
function legendOf(section, panel) {
  const items = [...section.querySelectorAll(".legend li")];
  const shown = items.filter((item) => panel.querySelector(".k" + item.dataset.key));
  return shown.map((item, i) => {
    const sample = svgElement("g", {}, ...item.querySelector("svg").cloneNode(true).childNodes);
    const text = svgElement("text", { x: 36, y: 10 }, item.textContent.trim());
    return svgElement("g", { transform: "translate(16," + (40 + 20 * i) + ")" }, sample, text);
  });
}

// a panel with its title and legend, as a file
function svgFile(figure, title) {
  const panel = figure.querySelector("svg").cloneNode(true);
  for (const part of panel.querySelectorAll(".cross, .off")) part.remove();
  const legend = legendOf(figure.closest("section"), panel);
  const { width, height } = panel.viewBox.baseVal;
  const top = 40 + 20 * legend.length;
  const size = { width: width + 32, height: height + top + 16 };
  for (const [key, value] of [["x", 16], ["y", top], ["width", width], ["height", height]]) {
    panel.setAttribute(key, value);
  }
  const root = svgElement(
    "svg",
    { ...size, class: "drawing", fill: "currentColor", "font-size": 12, role: "img" },
    svgElement("title", {}, title),
    svgElement("style", {}, fileStyle),
    svgElement("rect", { ...size, class: "paper" }),
    svgElement("text", { x: 16, y: 26, "font-size": 15, "font-weight": 600 }, title),
    ...legend,
    panel,
  );
  return new XMLSerializer().serializeToString(root);
}

for (const figure of document.querySelectorAll("section.figure .panel-card")) {
  const title = figure.querySelector("figcaption").textContent;
  const onClick = () => save(title, ".svg", "image/svg+xml", svgFile(figure, title));
  figure.append(tool("Download SVG", "Download as SVG: " + title, onClick));
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
