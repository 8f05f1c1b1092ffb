import type { Page } from "../page/shell.ts";
import { renderMarkdown } from "./markdown.ts";

/** Folders with documentation, and single pages. */
const folders = ["docs"] as const;
const singles = [
  "README.md",
  ...["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "bench/NOTES.md", "bench/RESULTS.md"],
  ...["reproduce/README.md", "datasets/README.md", "datasets/data/README.md"],
] as const;

/** Other targets of links, and what the site has in their place. */
const others: ReadonlyMap<string, string> = new Map([
  ["docs/results", "results/index.html"],
  ["docs/results/README.md", "results/index.html"],
]);

/** Files of the repository that pages show. */
export const pictures: readonly string[] = ["docs/default-run.svg", "docs/pictures/two-starts.svg"];

/** The pages of documentation, which keep the folders that they have in the repository. */
export async function docPages(): Promise<readonly Page[]> {
  const sources: string[] = [...singles];
  for (const folder of folders) {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".md")) sources.push(`${folder}/${name}`);
    }
  }
  const places = new Map([...others, ...sources.map((path) => [path, placeOf(path)] as const)]);
  return await Promise.all(
    sources.toSorted().map(async (path) => {
      const source = await Deno.readTextFile(path);
      const page = renderMarkdown(source, (href) => addressOf(href, path, places));
      return { path: placeOf(path), kind: "text", ...page } as const;
    }),
  );
}

/** The page of a file: `README.md` is the index of its folder, but the first page is another one. */
function placeOf(path: string): string {
  if (path === "README.md") return "readme.html";
  return path.replace(/(^|\/)README\.md$/, "$1index.md").replace(/\.md$/, ".html");
}

/** Where a link in a file leads in the site, relative to the page. */
export function addressOf(
  href: string,
  from: string,
  places: ReadonlyMap<string, string>,
): string | null {
  if (/^(?:https?:|mailto:|#)/.test(href)) return href;
  const { pathname, hash } = new URL(href, `file:///${from}`);
  const path = decodeURIComponent(pathname).slice(1).replace(/\/$/, "");
  const target = places.get(path) ?? (pictures.includes(path) ? path : undefined);
  if (target === undefined) return null;
  return "../".repeat(from.split("/").length - 1) + target + hash;
}
