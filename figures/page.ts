import { type Html, markup, trusted } from "./html.ts";
import { pageScript } from "./script.ts";
import { pageStyle } from "./style.ts";

/** Value of the `generator` tag of pages. */
export const GENERATOR = "Gspace";

/** Renders a page as one self-contained file, which is complete even without its script. */
export function page(title: string, content: Html): string {
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
<h1>${title}</h1>
${content}
</main>
<script>${trusted(pageScript)}</script>
</body>
</html>
`.text;
}
