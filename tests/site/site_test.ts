import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { addressOf } from "../../site/docs/pages.ts";
import { renderMarkdown } from "../../site/docs/markdown.ts";
import { referencePage, summaryOf } from "../../site/reference.ts";
import config from "../../deno.json" with { type: "json" };
import { main } from "../../site/main.ts";
import { temporaryFolder } from "../cli/command.ts";
import { builtSite, checkLook, pagesIn, pageTest } from "./built_site.ts";

Deno.test("all links of the site lead to a page of it, and to an anchor of that page", async () => {
  await using site = await builtSite();
  const pages = await pagesIn(site.path);
  assert(pages.size > 20, `${pages.size} pages`);
  const broken: string[] = [];
  for (const [path, text] of pages) {
    for (const [, address = ""] of text.matchAll(/<[^>]+ (?:href|src)="([^"]+)"/g)) {
      if (/^(?:https?|data|mailto):/.test(address)) continue;
      const { pathname, hash } = new URL(address.replaceAll("&amp;", "&"), `file:///${path}`);
      const target = decodeURIComponent(pathname.slice(1));
      const exists = await Deno.stat(`${site.path}/${target}`).then(() => true, () => false);
      const id = decodeURIComponent(hash.slice(1));
      if (!exists || (id && !pages.get(target)?.includes(`id="${id}"`))) {
        broken.push(`${path}: ${address}`);
      }
    }
  }
  assertEquals(broken, []);
});

Deno.test("the site does not replace a page that it did not write", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/index.html`, "mine");
  const { error } = console;
  const said: string[] = [];
  console.error = (text: string) => void said.push(text);
  try {
    assertEquals(await main([`--out=${folder.path}`]), 1);
  } finally {
    console.error = error;
  }
  assertStringIncludes(said.join(), "an index.html that this command did not write");
  assertEquals(await Deno.readTextFile(`${folder.path}/index.html`), "mine");
});

Deno.test("the page of the API lists every module with the first sentence about it", async () => {
  const { content } = await referencePage();
  const text = content.text.replaceAll("<wbr>", "");
  for (const name of Object.keys(config.exports)) {
    assertStringIncludes(text, `<code>${config.name}${name.slice(1)}</code>`);
  }
  assertEquals(content.text.includes("<td></td>"), false);
  assertEquals(
    summaryOf("/**\n * Of `x`, and\n * more. And this.\n * @module\n */"),
    "Of x, and more.",
  );
  assertEquals(summaryOf("/** Of `x.y`: z. */"), "Of x.y: z.");
});

Deno.test("Markdown: titles, anchors, links, and comments", () => {
  const source =
    "# Of `x`\n\n<!-- printed: x -->\n\n## `openCpu()`, a <b> & NaN\n\n[a](a.md) [b](b.ts)";
  const { title, content } = renderMarkdown(source, (href) => href === "a.md" ? "a.html" : null);
  assertEquals(title, "Of x");
  assertStringIncludes(content.text, '<h2 id="opencpu-a-b--nan">');
  assertStringIncludes(content.text, '<a href="a.html">a</a> b');
  assertEquals(/printed|<b>/.test(content.text), false);
});

Deno.test("links between files become links between pages", () => {
  const places = new Map([["docs/a.md", "docs/a.html"], ["README.md", "readme.html"]]);
  assertEquals(addressOf("a.md#b", "docs/c.md", places), "../docs/a.html#b");
  assertEquals(addressOf("../README.md", "docs/c.md", places), "../readme.html");
  assertEquals(addressOf("docs/a.md", "README.md", places), "docs/a.html");
  assertEquals(addressOf("../gpu/", "docs/c.md", places), null);
  assertEquals(addressOf("#b", "docs/c.md", places), "#b");
  assertEquals(addressOf("https://deno.com", "docs/c.md", places), "https://deno.com");
});

pageTest("all pages are readable on all screens", "index.html", async (page) => {
  const root = (await page.evaluate<string>("location.href")).replace("index.html", "");
  const paths = [...(await pagesIn(root.replace("file://", ""))).keys()];
  assert(paths.length > 20, `${paths.length} pages`);
  // these are tested while they compute
  for (const path of paths.filter((path) => !["gspace.html", "train.html"].includes(path))) {
    await page.go(root + path);
    await checkLook(page);
  }
});
