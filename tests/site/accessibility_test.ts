import { assertEquals } from "@std/assert";
import { findChromium, Page } from "../live/chromium.ts";
import { accessibilityFaults } from "./accessibility.ts";

const chromium = await findChromium();

/** A page without faults, but for what is in its main part. */
const pageWith = (main: string) =>
  `data:text/html,${
    encodeURIComponent(
      `<!doctype html><html lang="en"><title>t</title><main><h1>t</h1>${main}</main></html>`,
    )
  }`;

Deno.test({
  name: "each fault of a page is found, and nothing else is called one",
  ignore: chromium === undefined,
  async fn() {
    await using page = await Page.open(chromium!, "about:blank");
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["<h2>a</h2><h3>b</h3><h2>c</h2><button>d</button><label><input>e</label>", []],
      ["<button></button>", ["a button without a name"]],
      ["<input type=range><input type=checkbox>", [
        "a slider without a name",
        "a checkbox without a name",
      ]],
      ["<svg role=img width=9 height=9></svg>", ["a image without a name"]],
      ["<h3>a</h3>", ['heading 3 "a" skips a level']],
      ["<h1>a</h1>", ["2 headings of level 1"]],
      ["<div role=main>a</div>", ["more than one main"]],
      ["<nav>a</nav><nav>b</nav>", ["navigations with equal names"]],
      ["<p id=a></p><p id=a></p>", ["more than one #a"]],
      ["<p aria-labelledby=b>a</p>", ["aria-labelledby of #b, which there is not"]],
      ["<p aria-hidden=true><a href=x>a</a></p>", [
        'can be focused, but is hidden: <a href="x">a</a>',
      ]],
      ["<p tabindex=2>a</p>", ['is out of order: <p tabindex="2">a</p>']],
    ];
    for (const [main, faults] of cases) {
      await page.go(pageWith(main));
      assertEquals(await accessibilityFaults(page), faults, main);
    }
    await page.go("data:text/html,<p>a");
    assertEquals(await accessibilityFaults(page), [
      ...["0 headings of level 1", "no main", "no language", "no title"],
    ]);
  },
});
