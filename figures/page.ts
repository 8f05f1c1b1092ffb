import { checkOptions, type OptionRules } from "../graph/check_options.ts";
import { anything, optional } from "../graph/check_value.ts";
import { type Html, markup, trusted } from "./html.ts";
import { pageScript } from "./script.ts";
import { pageStyle } from "./style.ts";

/** Value of the `generator` tag of pages. */
export const GENERATOR = "Gspace";

/** A link to another page. */
export interface PageLink {
  /** Address, relative to the page. */
  readonly href: string;
  /** What is there. */
  readonly text: string;
}

/** Options for `page`. */
export interface PageOptions {
  /** The page that lists this one. Default: there is none. */
  readonly index?: PageLink;
}

const pageRules: OptionRules<PageOptions> = { index: optional(anything) };

/** Renders a page as one self-contained file, which is complete even without its script. */
export function page(title: string, content: Html, options: PageOptions = {}): string {
  checkOptions("render a page", options, pageRules);
  const { index } = options;
  const back = index && markup`<nav><a href="${index.href}">← ${index.text}</a></nav>
`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${GENERATOR}">
<title>${title}</title>
<style>${trusted(pageStyle)}</style>
</head>
<body>
<main>
${back ?? null}<h1>${title}</h1>
${content}
</main>
<script>${trusted(pageScript)}</script>
</body>
</html>
`.text;
}
