import config from "../deno.json" with { type: "json" };
import { markup } from "../figures/mod.ts";
import type { Page } from "./page/shell.ts";

/** The list of the package's modules, each with its import and a link to its reference. */
export async function referencePage(): Promise<Page> {
  const modules = await Promise.all(
    Object.entries(config.exports).map(async ([name, file]) => ({
      name: config.name + name.slice(1),
      // the main module is the index of the reference
      place: name === "." ? "api/index.html" : `api/${name.slice(2)}/index.html`,
      about: summaryOf(await Deno.readTextFile(file)),
    })),
  );
  return {
    path: "reference.html",
    title: "API reference",
    kind: "text",
    content:
      markup`<table class="modules"><thead><tr><th>import from</th><th>contents</th></tr></thead>
<tbody>${
        modules.map(({ name, place, about }) =>
          markup`<tr><td><a href="${place}"><code>${
            name.split("/").map((part, i) => i === 0 ? part : markup`/<wbr>${part}`)
          }</code></a></td><td>${about}</td></tr>\n`
        )
      }</tbody></table>
<p><a href="api/all_symbols.html">All symbols</a></p>`,
  };
}

/** The first sentence of a module's comment. */
export function summaryOf(source: string): string {
  const [, comment = ""] = /^\/\*\*([\s\S]*?)\*\//m.exec(source) ?? [];
  const text = comment.replace(/^\s*\* ?/gm, "").split(/\n\s*\n|\n@/)[0]!.replace(/\s+/g, " ")
    .trim();
  return text.replace(/`/g, "").match(/^.*?\.(?=\s|$)/)?.[0] ?? text;
}
