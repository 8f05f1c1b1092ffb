/** The report's style sheet. Colours differ in lightness too, so that print keeps them apart. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f7f7f4; --card: #ffffff; --ink: #16181d; --soft: #5d6470; --line: #e3e4df;
  --s1: #2a6fd6; --s2: #d9641e; --s3: #0f8a63; --s4: #7a3fc0; --s5: #c23a78; --s6: #8a6d00; --s7: #3d7d8c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --card: #1d2025; --ink: #eceef2; --soft: #9aa2ae; --line: #30343c;
    --s1: #6ca5f5; --s2: #f2955c; --s3: #45c795; --s4: #b48af0; --s5: #ee82b0; --s6: #d8b840; --s7: #7cc0cf;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 1180px; margin: 0 auto; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 0.35rem; letter-spacing: -0.01em; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 0.8rem; }
p { max-width: 75ch; margin: 0.4rem 0; }
.soft, figcaption, th, .tick, .label { color: var(--soft); }
.card, figure {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.1rem;
}
.card { overflow-x: auto; }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); }
figure { margin: 0; position: relative; }
figcaption { margin-bottom: 0.4rem; font-weight: 600; color: var(--ink); }
svg { display: block; width: 100%; height: auto; touch-action: pan-y; }
.grid { stroke: var(--line); }
.axis { stroke: var(--soft); }
.tick, .label { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.series polyline { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.series circle { fill: currentColor; stroke: var(--card); stroke-width: 1.5; }
.series { transition: opacity 0.12s; }
.dim { opacity: 0.12; }
.cross { stroke: var(--soft); stroke-dasharray: 3 3; }
.legend { display: flex; flex-wrap: wrap; gap: 0.4rem 1.2rem; margin: 1.6rem 0 0.7rem; }
.legend button {
  all: unset; cursor: pointer; display: inline-flex; align-items: center; gap: 0.5rem;
  padding: 0.1rem 0.2rem; border-radius: 4px;
}
.legend button:focus-visible { outline: 2px solid var(--s1); }
.legend button[aria-pressed="false"] { opacity: 0.45; text-decoration: line-through; }
.swatch { width: 18px; height: 3px; border-radius: 2px; background: currentColor; display: inline-block; }
.tip {
  position: absolute; pointer-events: none; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; padding: 0.45rem 0.65rem; box-shadow: 0 4px 16px rgb(0 0 0 / 0.16);
  font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap; z-index: 1;
}
.tip div { display: flex; align-items: center; gap: 0.5rem; }
.tip b { margin-left: auto; padding-left: 0.9rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 0.38rem 0.7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 500; font-size: 13px; }
tr:last-child td { border-bottom: 0; }
td.text, th.text { text-align: left; }
td .swatch { margin-right: 0.6rem; vertical-align: middle; }
pre { margin: 0; font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-x: auto; }
summary { cursor: pointer; color: var(--soft); }
details { margin-top: 0.8rem; }
details[open] > summary { margin-bottom: 0.6rem; }
.s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); } .s4 { color: var(--s4); }
.s5 { color: var(--s5); } .s6 { color: var(--s6); } .s7 { color: var(--s7); }
[hidden] { display: none; }
@media print { body { background: none; } .card, figure { break-inside: avoid; } }
`;
