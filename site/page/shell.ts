import { type Html, markup } from "../../figures/mod.ts";

/** A page of the site. */
export interface Page {
  /** Path of the file in the site. */
  readonly path: string;
  readonly title: string;
  /** Pages of text are narrower. */
  readonly kind: "wide" | "text";
  /** Names of script files beside the page. */
  readonly scripts?: readonly string[];
  readonly content: Html;
}

/** The links at the top of all pages. */
const places = [
  ["index.html", "Gspace"],
  ["gspace.html", "G-space"],
  ["train.html", "Train"],
  ["docs/index.html", "Docs"],
  ["reference.html", "API"],
  ["results/index.html", "Results"],
  ["bench/RESULTS.html", "Benchmarks"],
] as const;

/** Renders a page. All of its addresses are relative, so the site works in any folder. */
export function render(
  { path, title, kind, scripts = [], content }: Page,
  taken: ReadonlySet<string>,
): string {
  const root = "../".repeat(path.split("/").length - 1);
  const links = places.filter(([target]) => taken.has(target)).map(([target, name]) =>
    markup`<a href="${root}${target}"${
      target === path ? markup` aria-current="page"` : null
    }>${name}</a>`
  );
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Gspace">
<title>${title === "Gspace" ? title : `${title} · Gspace`}</title>
<link rel="icon" href="${root}icon.svg">
<link rel="stylesheet" href="${root}style.css">
</head>
<body class="${kind}">
<a class="skip" href="#main">Skip to content</a>
<header><nav aria-label="Site">${links}</nav></header>
<main id="main" tabindex="-1">
<h1>${title}</h1>
${content}
</main>
${scripts.map((script) => markup`<script defer src="${script}"></script>`)}
</body>
</html>
`.text;
}
