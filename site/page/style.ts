import { inkColors } from "../../figures/series_style.ts";
import { pageStyle } from "../../figures/style.ts";

/** Color of an optimizer or a sign, as a CSS variable for light and dark pages. */
const colors: ReadonlyMap<string, { readonly light: string; readonly dark: string }> = new Map([
  ["sgd", inkColors[0]!],
  ["skeleton", inkColors[1]!],
  ["gsgd", inkColors[2]!],
  ["positive", inkColors[6]!],
  ["negative", inkColors[4]!],
  ["action", { light: "#2f4fb5", dark: "#8fb0f5" }],
  ["on-action", { light: "#ffffff", dark: "#14161a" }],
]);

function variables(scheme: "light" | "dark"): string {
  return [...colors].map(([name, color]) => `--${name}: ${color[scheme]};`).join(" ");
}

/** The style sheet of the site: that of the result pages, and what interactive pages need. */
export const siteStyle: string = `${pageStyle}
:root { ${variables("light")} }
@media (prefers-color-scheme: dark) { :root { ${variables("dark")} } }
@media print { :root { ${variables("light")} } }
body { padding-top: 0; padding-bottom: 1rem; }
main { max-width: 1240px; }
body.text main { max-width: 780px; }
header nav { max-width: 1240px; margin: 0 auto 0.9rem; padding: 0.55rem 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.3rem; border-bottom: 1px solid var(--line); }
header a { text-decoration: none; color: var(--soft); padding: 0.15rem 0; }
header a:first-child { font-weight: 650; color: var(--ink); }
header a:hover, header a[aria-current] { color: var(--ink); }
header a[aria-current] { box-shadow: 0 2px 0 var(--action); }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--card); padding: 0.3rem 0.6rem; }
:focus-visible { outline: 3px solid var(--action); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.wide p.soft { max-width: none; font-size: 14px; }
.skip + header nav { margin-bottom: 0.6rem; }
.wide h1 { margin-bottom: 0.25rem; }
.wide .lead { font-size: 1rem; max-width: 125ch; margin: 0 0 0.6rem; }
.trio { display: grid; gap: 0.7rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
.trio .panel-card { padding: 0.5rem 0.7rem 0.4rem; min-width: 0; }
.trio figcaption { font-size: 14px; margin: 0; }
.trio svg { max-width: 420px; }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: 0.35rem 1rem; margin: 0.5rem 0; min-height: 2.3rem; }
.controls p { margin: 0; max-width: none; }
#message { font-weight: 600; }
.slider { font-weight: 600; font-variant-numeric: tabular-nums; min-width: 5.2rem; font-size: 1.1rem; }
input[type=range] { flex: 1 1 200px; min-width: 0; height: 28px; margin: 0; accent-color: var(--action); cursor: pointer; }
input[type=radio], input[type=checkbox] { accent-color: var(--action); }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
.segments { display: flex; align-items: center; gap: 0.3rem; }
.segments legend { float: left; padding: 0 0.5rem 0 0; }
.segments label { cursor: pointer; }
.segments input { position: absolute; opacity: 0; }
.segments span { display: block; padding: 0.15rem 0.75rem; border: 1px solid var(--soft); border-radius: 6px; }
.segments input:checked + span { background: var(--action); color: var(--on-action); border-color: var(--action); }
.segments input:focus-visible + span { outline: 3px solid var(--action); outline-offset: 2px; }
button { font: inherit; cursor: pointer; border-radius: 7px; padding: 0.35rem 1rem; border: 1px solid var(--soft); background: var(--card); color: var(--ink); }
button.primary { background: var(--action); border-color: var(--action); color: var(--on-action); font-weight: 600; }
button:disabled { opacity: 0.6; cursor: default; }
.key { margin: 0.15rem 0 0; font-size: 13px; color: var(--soft); display: flex; flex-wrap: wrap; gap: 0.1rem 0.5rem; align-items: center; }
.key b { color: var(--ink); font-variant-numeric: tabular-nums; margin-right: 0.5rem; }
.choices { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2rem 0.9rem; }
.choices legend { float: left; padding: 0 0.2rem 0 0; font-weight: 600; }
.choices label { display: inline-flex; align-items: center; gap: 0.35rem; }
select { font: inherit; padding: 0.15rem 0.4rem; background: var(--card); color: var(--ink); border: 1px solid var(--soft); border-radius: 6px; }
.panel-card svg.line, svg.line { display: inline-block; width: 28px; height: 12px; margin: 0 0.4rem 0 0; }
#newest th, #newest td { padding: 0.3rem 0.35rem; min-width: 0; }
#newest caption { font-size: 14px; }
#findings p { max-width: none; margin: 0.7rem 0; font-weight: 600; }
.tag { border: 1px solid var(--soft); border-radius: 9px; padding: 0 0.5rem; color: var(--ink); }
.tag.free, .tag.trained { border: 2px solid var(--skeleton); border-radius: 3px; }
.tag.free { border-style: dashed; }
.swatch { width: 22px; height: 0; border-top: 5px solid currentColor; display: inline-block; }
.swatch.sgd { color: var(--sgd); } .swatch.gsgd { color: var(--gsgd); } .swatch.skeleton { color: var(--skeleton); }
.swatch.twin-b { border-top: 2px dashed var(--ink); }
.swatch.data { width: 8px; height: 8px; border: 0; border-radius: 50%; background: var(--soft); }
.panel-card text { fill: var(--ink); font-size: 13px; }
.axes line { stroke: var(--line); } .axes text { fill: var(--soft); font-size: 12px; }
.curve { fill: none; stroke: currentColor; stroke-width: 3; stroke-linejoin: round; }
.area { stroke: none; fill: currentColor; fill-opacity: 0.3; } .area.sgd { color: var(--sgd); } .area.gsgd { color: var(--gsgd); }
.curve.f { color: var(--ink); }
.curve.sgd { color: var(--sgd); } .curve.gsgd { color: var(--gsgd); } .curve.sgd-skeleton { color: var(--skeleton); stroke-dasharray: 7 4; }
.curve.twin-a { stroke-width: 7; opacity: 0.75; }
.curve.twin-b { color: var(--ink); stroke-width: 2; stroke-dasharray: 5 4; }
circle.data { fill: var(--soft); }
.edge { stroke-linecap: butt; } .edge.positive { stroke: var(--positive); } .edge.negative { stroke: var(--negative); }
rect.positive { fill: var(--positive); } rect.negative { fill: var(--negative); }
rect.first { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.zero { stroke: var(--soft); }
.unit circle { fill: var(--card); stroke: var(--soft); stroke-width: 2; }
.unit.chosen circle { stroke: var(--action); stroke-width: 4; }
.weight rect { fill: var(--card); stroke: var(--soft); }
.weight.free rect, .weight.trained rect { stroke: var(--skeleton); stroke-width: 2; }
.weight.free rect { stroke-dasharray: 4 2; }
.unit.hidden { cursor: pointer; }
.weight.on-path rect { fill: var(--action); } .weight.on-path text { fill: var(--on-action); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#paths { position: relative; padding-bottom: 1.35rem; }
#paths fieldset { position: absolute; inset: 0; display: grid; grid-template-columns: repeat(6, 1fr); }
#paths label { display: flex; align-items: end; justify-content: center; cursor: pointer; }
#paths input { position: absolute; opacity: 0; }
#paths span { font-size: 12.5px; line-height: 1.2rem; padding: 0 0.35rem; border-radius: 5px; color: var(--soft); white-space: nowrap; }
#paths input:checked + span { background: var(--action); color: var(--on-action); }
#paths input:focus-visible + span { outline: 3px solid var(--action); outline-offset: 2px; }
#path { font-variant-numeric: tabular-nums; color: var(--ink); }
#message:not(:empty) + .hint { display: none; }
.weight text { font-size: 12px; font-variant-numeric: tabular-nums; }
.text pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0.8rem 1rem; margin: 0.8rem 0; }
.text p, .text ul { max-width: none; }
.text img { max-width: 100%; height: auto; }
.text table { display: block; overflow-x: auto; margin: 0.8rem 0; }
.text td:first-child code { overflow-wrap: normal; }
.text th, .text td { text-align: left; white-space: normal; }
@media (min-width: 640px) { .modules td:first-child { white-space: nowrap; } .modules wbr { display: none; } }
.wide .front { font-size: 1.15rem; max-width: 75ch; line-height: 1.5; }
.whole { white-space: nowrap; }
.halves { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); }
.halves > * { min-width: 0; }
.halves h2 { margin: 0.6rem 0 0.5rem; }
.halves img { width: 100%; height: auto; display: block; }
.scroll { overflow-x: auto; }
.scroll img { min-width: 34rem; }
.cards { display: grid; gap: 0.9rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr)); margin: 1.2rem 0; padding: 0; list-style: none; max-width: none; }
.cards .card { margin: 0; }
.cards a { font-weight: 600; }
@media print { header, .controls > :not(#message), .skip, button { display: none; } .stage + .stage { margin-top: 0.8rem; } .controls { min-height: 0; } .trio { grid-template-columns: 1fr 1fr 1fr; } #paths span { font-size: 9px; padding: 0; } #newest, #newest thead th { font-size: 7.5pt; } #newest th, #newest td { padding: 0.2rem 0.15rem; } #newest svg { display: none; } }
`;
