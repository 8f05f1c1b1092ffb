import { assertEquals } from "@std/assert";
import { main } from "../../site/main.ts";
import { temporaryFolder } from "../cli/command.ts";
import { findChromium, Page } from "../live/chromium.ts";
import { accessibilityFaults } from "./accessibility.ts";
import { lowContrast } from "./contrast.js";
import { checkLayout } from "./layout.ts";

const chromium = await findChromium();
if (chromium === undefined) {
  console.error("NOTE: no Chromium was found: the tests of the site's pages are ignored");
}

/** Builds the site, without the reference of the API, in a temporary folder. */
export async function builtSite(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await temporaryFolder();
  assertEquals(await main([`--out=${folder.path}`, "--no-api"]), 0);
  return folder;
}

/** The pages of a site, by path. */
export async function pagesIn(folder: string, below = ""): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    const path = below + name;
    if (isDirectory) {
      for (const [at, text] of await pagesIn(folder, `${path}/`)) found.set(at, text);
    } else if (name.endsWith(".html")) {
      found.set(path, await Deno.readTextFile(`${folder}/${path}`));
    }
  }
  return found;
}

/** A test of a page of the site, opened as a file. Fails if the page reports an error. */
export function pageTest(name: string, path: string, fn: (page: Page) => Promise<void>): void {
  Deno.test({
    name,
    ignore: chromium === undefined,
    fn: async () => {
      await using folder = await builtSite();
      await using page = await Page.open(chromium!, `file://${folder.path}/${path}`);
      await page.look(1280, 800, "light");
      await page.until("document.readyState === 'complete' && document.title");
      await page.until(
        "!document.querySelector('script') || document.body.dataset.state === 'ready'",
      );
      await fn(page);
      assertEquals(page.complaints, []);
      assertEquals(await page.evaluate(foreign), []);
    },
  });
}

/** Addresses outside of the site that the page has loaded. */
const foreign = `performance.getEntriesByType("resource").map(({ name }) => name)
  .filter((name) => !name.startsWith("file:") && !name.startsWith("blob:"))`;

/**
 * Checks contrast in both color schemes, the layout in windows and on paper, and what screen readers
 * and the keyboard need.
 */
export async function checkLook(page: Page): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) {
      await page.look(width, 800, scheme);
      const seen = `${await page.evaluate("document.title")}, ${width} wide, ${scheme}`;
      assertEquals(await page.evaluate(`(${lowContrast})()`), [], seen);
    }
  }
  await checkLayout(page);
  const title = await page.evaluate<string>("document.title");
  assertEquals(await accessibilityFaults(page), [], title);
}
