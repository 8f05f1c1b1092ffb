import { type Html, markup, trusted } from "./html.ts";
import { pageScript } from "./script.ts";
import { pageStyle } from "./style.ts";

/** What a page says of who made it. */
export const GENERATOR = "Gspace";

/** A page as one file that needs nothing else; without its script nothing of it is missing. */
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
