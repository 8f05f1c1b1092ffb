import { inkColors, paper } from "../figures/mod.ts";

/** Returns the colors of figures, as variables for the page's style sheet. */
export function paletteStyle(): string {
  return `:root{color-scheme:light dark;${variables("light")}}
@media (prefers-color-scheme:dark){:root{${variables("dark")}}}
@media print{:root{color-scheme:light;${variables("light")}}}
${inkColors.map((_, i) => `.c${i + 1}{color:var(--c${i + 1})}`).join("")}
`;
}

function variables(scheme: "light" | "dark"): string {
  const papers = Object.entries(paper[scheme]).map(([name, color]) => `--${name}:${color};`);
  return [...papers, ...inkColors.map((ink, i) => `--c${i + 1}:${ink[scheme]};`)].join("");
}
