import { makeFolder, writeText } from "../../cli/files.ts";
import config from "../../deno.json" with { type: "json" };
import { runDeno } from "../../tools/run_deno.ts";
import { apiStyle } from "./style.ts";

/** The checkout, as the addresses of source files begin. */
const checkout = new URL("../../", import.meta.url).href;

/** What to import, by the name that `deno doc` gives a module: `layers`, or `.` for the main one. */
const imports: ReadonlyMap<string, string> = new Map(
  Object.keys(config.exports).map((name) => [name.replace("./", ""), config.name + name.slice(1)]),
);

/** What to import, by the address of a module. */
const addresses: ReadonlyMap<string, string> = new Map(
  Object.entries(config.exports).map(([name, file]) => [
    new URL(file, checkout).href,
    config.name + name.slice(1),
  ]),
);

/** Writes the reference of the API, from the comments of these entry points. Default: all. */
export async function writeReference(
  out: string,
  entries: readonly string[] = Object.values(config.exports),
): Promise<void> {
  await runDeno("build the site", [
    ...["doc", "--quiet", "--html", "--name=Gspace", `--output=${out}`],
    ...entries,
  ]);
  await makeFolder(out);
  await writeText(`${out}/site.css`, apiStyle);
  await finishFolder(out, "");
}

async function finishFolder(folder: string, root: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await finishFolder(path, `../${root}`);
    else if (name.endsWith(".html")) {
      await Deno.writeTextFile(path, finishPage(await Deno.readTextFile(path), root));
    }
  }
}

/**
 * A page of `deno doc` as a page of the site: it states its language, has readable colors, leads back
 * to the site, imports from the package, and has no links to files of the machine that built it.
 *
 * @param root path from the page to the folder of the reference: `../../`
 */
export function finishPage(html: string, root: string): string {
  const [, source = ""] = /class="sourceButton"\s+href="([^"]+)"/.exec(html) ?? [];
  const base = source.replaceAll("&#x2F;", "/");
  return html
    .replace("<html>", '<html lang="en">')
    .replace("</head>", `<link rel="stylesheet" href="${root}site.css"></head>`)
    .replace(/<a\s+class="sourceButton"[^]*?<\/a>/g, "")
    .replace(
      /href="(?:\.\.&#x2F;|\.&#x2F;)*" class="contextLink"/,
      `href="${root}../reference.html" class="contextLink"`,
    )
    .replace(/from &quot;([^&]+)&quot;/g, (whole, target) => {
      const name = imports.get(target) ?? addresses.get(URL.parse(target, base)?.href ?? "");
      return name === undefined ? whole : `from &quot;${name}&quot;`;
    });
}
