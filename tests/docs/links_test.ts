import { assert, assertEquals } from "@std/assert";
import { Marked, type Token } from "marked";
import { anchorOf } from "../../site/docs/markdown.ts";

const root = new URL("../../", import.meta.url);

/** Folders whose pages are not of the repository: build outputs, and what is not committed. */
const skipped = new Set(["runs", "coverage", "node_modules", "docs/api"]);

/** Paths of all Markdown files of the repository. */
async function pagesBelow(folder = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = folder + name;
    if (isDirectory && !name.startsWith(".") && !skipped.has(path)) {
      found.push(...await pagesBelow(`${path}/`));
    } else if (name.endsWith(".md")) found.push(path);
  }
  return found.toSorted();
}

/** What a page links to, and what its headings are called in links. */
function partsOf(markdown: string) {
  const [links, anchors]: [string[], Set<string>] = [[], new Set()];
  const see = (token: Token) => {
    if (token.type === "link" || token.type === "image") links.push(token.href);
    if (token.type !== "heading") return;
    const anchor = anchorOf(token.text);
    // the second of two equal headings has a number
    for (let n = 0;; n++) {
      const name = n === 0 ? anchor : `${anchor}-${n}`;
      if (anchors.has(name)) continue;
      anchors.add(name);
      return;
    }
  };
  const marked = new Marked();
  marked.walkTokens(marked.lexer(markdown), see);
  return { links, anchors };
}

/** What is wrong with a link of a page; `undefined` if nothing is. */
async function faultOf(link: string, page: string): Promise<string | undefined> {
  if (/^[a-z]+:/.test(link)) {
    const { protocol, hostname, pathname } = new URL(link);
    if (!/^(https?|mailto):$/.test(protocol)) return `is ${protocol}`;
    const isPage = hostname !== "github.com" || /^\/[\w.-]+\/[\w.-]+(\/|$)/.test(pathname);
    return isPage ? undefined : "names no repository";
  }
  const target = new URL(link, new URL(page, root));
  const hash = decodeURIComponent(target.hash.slice(1));
  target.hash = "";
  if (!target.href.startsWith(root.href)) return "leads out of the repository";
  const stat = await Deno.stat(target).catch(() => undefined);
  if (!stat) return "leads to no file";
  if (hash === "") return;
  if (!target.pathname.endsWith(".md")) return "names an anchor of what is not Markdown";
  const { anchors } = partsOf(await Deno.readTextFile(target));
  return anchors.has(hash) ? undefined : "leads to no heading";
}

async function faultsOf(markdown: string, page: string): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const link of partsOf(markdown).links) {
    const fault = await faultOf(link, page);
    if (fault) faults.push(`${page}: ${link} ${fault}`);
  }
  return faults;
}

Deno.test("every link of every page leads to a file, and to a heading of it", async () => {
  const pages = await pagesBelow();
  let count = 0;
  const faults: string[] = [];
  for (const page of pages) {
    const text = await Deno.readTextFile(new URL(page, root));
    count += partsOf(text).links.length;
    faults.push(...await faultsOf(text, page));
  }
  assertEquals(faults, []);
  assert(pages.length > 30 && count > 150, `${pages.length} pages with ${count} links`);
});

Deno.test("links that lead nowhere are found", async () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["gsgd.md", undefined],
    ["../gpu/", undefined],
    ["gsgd.md#no-such-section", "leads to no heading"],
    ["no_such_page.md", "leads to no file"],
    ["../../elsewhere.md", "leads out of the repository"],
    ["default-run.svg#part", "names an anchor of what is not Markdown"],
    ["https://github.com/openucx", "names no repository"],
    ["file:///etc/hosts", "is file:"],
  ];
  for (const [link, fault] of cases) {
    const expected = fault === undefined ? [] : [`docs/a.md: ${link} ${fault}`];
    assertEquals(await faultsOf(`# A\n\n[a](${link}) and \`[b](c)\`\n`, "docs/a.md"), expected);
  }
});

Deno.test("headings with equal texts have anchors of their own", () => {
  const { anchors } = partsOf("# A\n\n## `b` c\n\n## `b` c\n\n```sh\n# no heading\n```\n");
  assertEquals([...anchors], ["a", "b-c", "b-c-1"]);
});
