import { inkColors } from "./series_style.ts";

/** Background and text colors of pages and files. */
export const paper = {
  light: { page: "#f7f7f4", card: "#ffffff", ink: "#16181d", soft: "#5a616d", line: "#dfe0da" },
  dark: { page: "#14161a", card: "#1d2025", ink: "#eceef2", soft: "#a2aab6", line: "#343942" },
} as const;

type Scheme = keyof typeof paper;

/**
 * Outlines text in the background color, so that it stays readable over lines, and fills open dots
 * with it.
 */
function halo(card: string): string {
  return `.halo{paint-order:stroke;stroke:${card};stroke-width:4px}.open{fill:${card}}`;
}

/** Colors of curves as classes: `c1`, `c2`, … */
function inks(scheme: Scheme): string {
  return inkColors.map((ink, i) => `.c${i + 1}{color:${ink[scheme]}}`).join("");
}

/**
 * The style sheet in SVG files. It uses no variables, so that programs with little CSS support show
 * the light colors. It has its own background, so that the figure is readable on any page.
 */
export const fileStyle: string = `text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,` +
  `"Helvetica Neue",Arial,sans-serif}${fileScheme("light")}` +
  `@media (prefers-color-scheme:dark){${fileScheme("dark")}}`;

function fileScheme(scheme: Scheme): string {
  const { card, ink, line } = paper[scheme];
  return `.paper{fill:${card};stroke:${line}}${halo(card)}.drawing{color:${ink}}${inks(scheme)}`;
}

function variables(scheme: Scheme): string {
  return Object.entries(paper[scheme]).map(([name, color]) => `--${name}: ${color};`).join(" ");
}

/** The style sheet of a page. */
export const pageStyle: string = `
:root { color-scheme: light dark; ${variables("light")} }
${inks("light")}
@media (prefers-color-scheme: dark) { :root { ${variables("dark")} } ${inks("dark")} }
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1020px; margin: 0 auto; }
nav { margin-bottom: 0.6rem; }
h1 { font-size: 1.65rem; line-height: 1.2; margin: 0 0 0.5rem; letter-spacing: -0.01em; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 0.7rem; }
h3, .figure > h2 { font-size: 1rem; margin: 1.6rem 0 0.4rem; }
p, ul { max-width: 75ch; margin: 0.45rem 0; }
ul { padding-left: 1.2rem; }
li { margin: 0.2rem 0; }
a { color: inherit; text-underline-offset: 0.2em; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.soft, th, .note { color: var(--soft); }
.lead { font-size: 1.08rem; }
main > .lead:first-of-type { max-width: none; font-weight: 500; }
.card, .panel-card {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.9rem 1rem;
}
.card { overflow-x: auto; }
.card + .card, .figure + .card { margin-top: 0.8rem; }
/* as many columns as the figure requests, and fewer if they would be too narrow */
.panels {
  display: grid; gap: 0.9rem; max-width: calc(var(--columns) * 510px);
  grid-template-columns: repeat(auto-fit, minmax(min(100%, max(340px, (100% - (var(--columns) - 1) * 0.9rem) / var(--columns))), 1fr));
}
.panel-card { margin: 0; position: relative; padding: 0.75rem 0.8rem 0.5rem; }
.panel-card figcaption { font-weight: 600; margin-bottom: 0.3rem; line-height: 1.35; }
.panel-card svg { display: block; width: 100%; max-width: 480px; height: auto; margin: 0 auto; touch-action: pan-y; overflow: visible; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.3rem; margin: 0.8rem 0 0.6rem; padding: 0; list-style: none; max-width: none; }
.legend li { display: inline-flex; align-items: center; gap: 0.5rem; margin: 0; }
.legend svg, td svg, th svg { width: 28px; height: 12px; flex: none; vertical-align: middle; }
.legend button { all: unset; cursor: pointer; display: inline-flex; align-items: center; gap: 0.5rem; border-radius: 4px; padding: 0 0.2rem; }
.legend button:focus-visible { outline: 2px solid var(--ink); }
.legend button[aria-pressed="false"] { color: var(--soft); text-decoration: line-through; }
.legend button[aria-pressed="false"] svg { opacity: 0.35; }
${halo("var(--card)")}
.series { transition: opacity 0.12s; }
.series.dim { opacity: 0.12; }
.series.off { display: none; }
.cross { stroke: currentColor; stroke-opacity: 0.5; stroke-dasharray: 3 3; }
.tip {
  position: absolute; pointer-events: none; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; padding: 0.45rem 0.65rem; box-shadow: 0 4px 16px rgb(0 0 0 / 0.18);
  font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap; z-index: 1;
}
.tip div { display: flex; align-items: center; gap: 0.5rem; }
.tip i { width: 12px; height: 3px; border-radius: 2px; background: currentColor; }
.tip b { margin-left: auto; padding-left: 0.9rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0 0.7rem 0.4rem 0; }
th, td { text-align: right; padding: 0.36rem 0.7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { font-weight: 500; font-size: 13px; vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { font-weight: 400; color: var(--ink); white-space: normal; min-width: 9.5rem; }
tr.group th { font-weight: 600; padding-top: 0.8rem; }
.text { text-align: left; }
td.text { white-space: normal; }
.tool { font: inherit; font-size: 13px; cursor: pointer; margin: 0.5rem 0 0; padding: 0.05rem 0.6rem; color: var(--ink); background: var(--card); border: 1px solid var(--soft); border-radius: 6px; }
.tool:focus-visible { outline: 2px solid var(--ink); }
thead button { all: unset; cursor: pointer; border-radius: 4px; }
thead button:hover, [aria-sort] button { color: var(--ink); }
thead button:focus-visible { outline: 2px solid var(--ink); }
thead button::after { content: "↕"; display: inline-block; width: 1em; text-align: right; opacity: 0.35; }
[aria-sort="ascending"] button::after { content: "↑"; opacity: 1; }
[aria-sort="descending"] button::after { content: "↓"; opacity: 1; }
.sortable th, .sortable td { padding-left: 0.45rem; padding-right: 0.45rem; }
.sortable thead th { white-space: normal; }
.sortable tbody th { overflow-wrap: anywhere; }
.sortable td:last-child { white-space: nowrap; }
.results { list-style: none; margin: 0; padding: 0; }
.results li { display: grid; grid-template-columns: 28px 1fr auto; gap: 0.55rem; align-items: center; margin: 0; white-space: nowrap; }
.results svg { margin: 0; }
.results b { font-weight: 400; }
td svg.spark { width: 110px; height: 26px; margin: 0; }
.spark polyline { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linejoin: round; }
.best { font-weight: 650; }
.wrap { white-space: normal; min-width: 16rem; }
td small { display: inline-block; max-width: 10rem; white-space: normal; vertical-align: middle; }
td small, td .soft { font-size: 12.5px; color: var(--soft); }
td svg, th svg { margin-right: 0.55rem; width: 28px; height: 12px; vertical-align: middle; }
.entries { display: grid; gap: 0.9rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 520px), 1fr)); }
.entries .card { margin: 0; }
.entries h3 { margin: 0 0 0.3rem; }
.entries a:has(img) { display: block; overflow-x: auto; }
.entries img { display: block; width: 100%; height: auto; margin: 0.7rem 0; }
.samples { display: grid; gap: 0.8rem 0.5rem; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); }
.classes { display: grid; gap: 0.5rem 1.2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 430px), 1fr)); }
.samples figure, .classes figure { margin: 0; font-size: 13px; line-height: 1.3; overflow-wrap: anywhere; }
.classes figure { display: grid; gap: 4px; align-items: center; grid-template-columns: minmax(0, 1.9fr) repeat(8, minmax(0, 1fr)); }
.samples img, .classes img { display: block; width: 100%; max-width: 64px; aspect-ratio: 1; object-fit: contain; }
.pixels img { image-rendering: pixelated; }
.samples img { margin-bottom: 0.25rem; width: 64px; }
pre { margin: 0; font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-x: auto; }
summary { cursor: pointer; color: var(--soft); }
details { margin-top: 0.8rem; }
.part > summary { color: var(--ink); font-weight: 600; }
details[open] > summary { margin-bottom: 0.6rem; }
[hidden] { display: none; }
/* the names of rows and tables stay in view while a table scrolls */
@media screen and (max-width: 1023px) {
  .card tbody th[scope="row"] { position: sticky; left: -1rem; background: var(--card); background-clip: padding-box; }
  .card caption { position: sticky; left: 0; max-width: calc(100vw - 4rem); white-space: normal; }
}
@media (max-width: 480px) {
  body { padding: 1.4rem 0.8rem 3rem; }
  .card, .panel-card { padding-left: 0.6rem; padding-right: 0.6rem; }
  th, td { padding-left: 0.45rem; padding-right: 0.45rem; }
  td small { display: block; max-width: none; }
  .card tbody th[scope="row"] { left: -0.6rem; }
  .entries img { min-width: 34rem; }
}
@media print {
  @page { margin: 14mm; }
  :root { color-scheme: light; ${variables("light")} }
  ${inks("light")}
  body { background: none; padding: 0; font-size: 10.5pt; }
  .panels { grid-template-columns: 1fr 1fr; }
  .card, .panel-card, tr { break-inside: avoid; }
  h2, h3, summary { break-after: avoid; }
  .tool, nav { display: none; }
  thead button::after { content: none; }
  .card, .entries a:has(img) { overflow: visible; }
  .entries img { min-width: 0; }
  th, td { padding: 0.25rem 0.3rem; }
  th { white-space: normal; }
  table { font-size: 9pt; }
  .results li { column-gap: 0.3rem; }
  td svg.spark { width: 80px; }
  tbody th { min-width: 6rem; }
  .wrap { min-width: 6rem; }
  td small { display: block; max-width: none; }
  pre { white-space: pre-wrap; }
}
`;
