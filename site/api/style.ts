/** Colors of kinds of symbols and of parts of signatures, with a contrast of 4.5 or more. */
const light: ReadonlyMap<string, string> = new Map([
  ["text-Class", "#14702f"],
  ["text-Enum", "#0b6b70"],
  ["text-Function", "#0450b4"],
  ["text-Method", "#0450b4"],
  ["text-Interface", "#855513"],
  ["text-Namespace", "#a83a2b"],
  ["text-Property", "#6a42ad"],
  ["text-Variable", "#6a42ad"],
  ["text-TypeAlias", "#8a3575"],
  ["text-protected", "#5b3fd6"],
  ["text-readonly", "#5b3fd6"],
  ["text-private", "#0b6b78"],
  ["text-abstract", "#0b6b78"],
  ["text-optional", "#0b6b78"],
  ["td-kw", "#0b6b78"],
  ["td-ref", "#1d4ed8"],
  ["td-op", "#b0144f"],
  ["td-str", "#14702f"],
  ["td-lit", "#b03a0a"],
  ["td-tp", "#7a5200"],
  ["symbolSubtitle .type", "#57534e"],
  ["toc a", "#57534e"],
  ["token.punctuation", "#60646b"],
  ["token.string", "#456800"],
  ["token.builtin", "#456800"],
  ["token.attr-name", "#456800"],
  ["token.regex", "#8a4b00"],
  ["token.variable", "#8a4b00"],
  ["token.keyword", "#0069a0"],
  ["token.operator", "#7a4f22"],
  ["token.function", "#b02545"],
  ["token.class-name", "#b02545"],
  ["token.number", "#905"],
  ["token.comment", "#596270"],
]);

const dark: ReadonlyMap<string, string> = new Map([
  ["text-Class", "#87eea4"],
  ["text-Enum", "#3fced1"],
  ["text-Function", "#4cc3ff"],
  ["text-Method", "#4cc3ff"],
  ["text-Interface", "#e0a878"],
  ["text-Namespace", "#f0a090"],
  ["text-Property", "#c9a5f5"],
  ["text-Variable", "#c9a5f5"],
  ["text-TypeAlias", "#dd95cc"],
  ["text-protected", "#b3a5ff"],
  ["text-readonly", "#b3a5ff"],
  ["text-private", "#4fd0e0"],
  ["text-abstract", "#4fd0e0"],
  ["text-optional", "#4fd0e0"],
  ["td-ref", "#60a5fa"],
  ["td-op", "#f472b6"],
  ["symbolSubtitle .type", "#a8a29e"],
  ["token.comment", "#a5b0c0"],
  ["token.property", "#ff6ea0"],
]);

function rules(theme: string, colors: ReadonlyMap<string, string>): string {
  return [...colors].map(([name, color]) => `${theme} .ddoc .${name} { color: ${color}; }\n`)
    .join("");
}

/** What the pages of `deno doc` lack: contrast, and a layout that fits a phone. */
export const apiStyle: string = `${rules(":root:not(.dark)", light)}${rules(":root.dark", dark)}
:root:not(.dark) .ddoc :is(.link, .markdown a, .markdown_summary a) { color: #1d4ed8; }
:root:not(.dark) .ddoc .contextLink { color: #0e6590; }
:root.dark .ddoc .contextLink { color: #86d3f3; }
.ddoc > div:not(#categoryPanel) { min-width: 0; }
.ddoc pre, .ddoc table { max-width: 100%; overflow-x: auto; }
.ddoc table { display: block; }
@media print { :root.dark { print-color-adjust: exact; } .ddoc pre, .ddoc pre code { white-space: pre-wrap; overflow: visible; overflow-wrap: anywhere; } }
@media (max-width: 640px) {
  #content { display: block; }
  #topnav > div { gap: 0.5rem; }
  #topnav .breadcrumbs { font-size: 1rem; }
  #searchbar { min-width: 0; width: 7.5rem; }
}
`;
