import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { finishPage, writeReference } from "../../site/api/write.ts";
import { temporaryFolder } from "../cli/command.ts";
import { findChromium, Page } from "../live/chromium.ts";
import { pagesIn } from "./built_site.ts";
import { lowContrast } from "./contrast.js";

const chromium = await findChromium();

/** Checks a page in all sizes and color schemes, which it reads as it loads. */
async function checkLoaded(page: Page, url: string): Promise<void> {
  await page.go(url);
  for (const scheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) {
      await page.look(width, 800, scheme);
      await page.evaluate("localStorage.clear()");
      await page.reload();
      const seen = `${url}, ${width} wide, ${scheme}`;
      const root = "document.documentElement";
      const state = `[${root}.className, ${root}.scrollWidth - ${root}.clientWidth]`;
      assertEquals(await page.evaluate(state), [scheme, 0], seen);
      assertEquals(await page.evaluate(`(${lowContrast})()`), [], seen);
    }
  }
}

Deno.test({
  name: "pages of the API import from the package, name no file of this machine, and are readable",
  fn: async () => {
    await using folder = await temporaryFolder();
    const api = `${folder.path}/api`;
    await writeReference(api, ["./datasets/mod.ts", "./formats/mod.ts"]);
    const pages = await pagesIn(api);
    assert(pages.size > 50, `${pages.size} pages`);
    const { href } = new URL("../../", import.meta.url);
    const checkout = href.replace("file://", "").replaceAll("/", "&#x2F;");
    for (const [path, text] of pages) {
      assertEquals(text.includes(checkout), false, path);
      assertStringIncludes(text, '<html lang="en">', path);
      for (const [, target] of text.matchAll(/from &quot;([^&]+)&quot;/g)) {
        assert(/^@(gspace\/gspace|std\/assert)/.test(target!), `${path}: ${target}`);
      }
      if (text.includes("Redirecting")) continue;
      const root = "../".repeat(path.split("/").length - 1);
      assertStringIncludes(
        text,
        `href="${root}../reference.html" class="contextLink">Gspace`,
        path,
      );
      assertStringIncludes(text, `<link rel="stylesheet" href="${root}site.css">`, path);
    }
    const holdOut = pages.get("datasets/~/holdOut.html")!;
    assertStringIncludes(holdOut, "import { holdOut } from &quot;@gspace/gspace/datasets&quot;;");
    assertStringIncludes(holdOut, "{ holdOut, loadDataset } from &quot;@gspace/gspace/datasets");
    if (chromium === undefined) return;
    const paths = [
      "datasets/index",
      "datasets/~/loadDataset",
      "formats/~/PixelImage",
      "all_symbols",
    ];
    await using page = await Page.open(chromium, `file://${api}/index.html`);
    for (const path of paths) await checkLoaded(page, `file://${api}/${path}.html`);
    assertEquals(page.complaints, []);
  },
});

Deno.test("imports that are no modules of the package stay as they are", () => {
  const import_ = "import a from &quot;./report.ts&quot;; import b from &quot;jsr:@std/x&quot;;";
  assertStringIncludes(finishPage(`<html>${import_}`, ""), import_);
  const from = new URL("../../optim/gsgd/a.ts", import.meta.url).href.replaceAll("/", "&#x2F;");
  const button = `<a\n  class="sourceButton"\n  href="${from}"><svg></svg>\n</a>`;
  const html = finishPage(`${button}import c from &quot;../mod.ts&quot;`, "../");
  assertEquals(html, "import c from &quot;@gspace/gspace/optim&quot;");
});

/** Imports of other files in the comments below a folder of the package, by the file that they name. */
async function* importsInComments(folder: string): AsyncGenerator<[string, URL]> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* importsInComments(path);
    if (!name.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(path);
    for (const [, target] of source.matchAll(/^ *\* import .* from "(\.[^"]+)";$/gm)) {
      yield [path, new URL(target!, new URL(`../../${path}`, import.meta.url))];
    }
  }
}

Deno.test("examples in comments import only files that the package exports", async () => {
  const exported = new Set(
    Object.values(config.exports).map((file) => new URL(`../../${file}`, import.meta.url).href),
  );
  let count = 0;
  for (const folder of config.publish.include.filter((name) => name.endsWith("/"))) {
    for await (const [path, { href }] of importsInComments(folder.slice(0, -1))) {
      assert(exported.has(href), `${path} imports ${href}`);
      count++;
    }
  }
  assert(count > 10, `${count} imports`);
});
