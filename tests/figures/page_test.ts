import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { binValues, figureSection, markup, page, stylesOf, tableCard } from "../../figures/mod.ts";
import { curves, figureOf, hostile } from "./sample_figures.ts";

async function sample(): Promise<string> {
  const figure = { ...figureOf({ ...curves, title: hostile }), title: hostile, caption: hostile };
  const styles = stylesOf([], [figure]);
  const table = tableCard({
    caption: hostile,
    columns: [{ label: hostile, kind: "text" }, { label: "n", kind: "number" }],
    rows: [{ heading: hostile }, { arm: "sgd", cells: [hostile, "1"] }],
  }, styles);
  return page(hostile, markup`${await figureSection(figure, styles)}${table}`);
}

Deno.test("markup escapes its values, once", () => {
  assertEquals(markup`<p title="${hostile}">`.text.match(/[<>]/g), ["<", ">"]);
  assertEquals(
    markup`${markup`<b>${"a & b"}</b>`}${["<", 1]}${null}`.text,
    "<b>a &amp; b</b>&lt;1",
  );
});

Deno.test("a page is self-contained, with a single script", async () => {
  const text = await sample();
  const withoutNames = text.replaceAll("http://www.w3.org/2000/svg", "");
  assertEquals(/(?:\bsrc|href)\s*=|@import|url\(|https?:\/\//.exec(withoutNames), null);
  assertEquals(text.match(/<script/g)?.length, 1);
  assertStringIncludes(text, "&lt;script&gt;");
});

Deno.test("a page's script is valid JavaScript", async () => {
  const script = /<script>([\s\S]*)<\/script>/.exec(await sample())?.[1];
  assert(script);
  new Function(script); // throws a SyntaxError if not
});

Deno.test("a page contains the numbers of its curves", async () => {
  const text = await sample();
  assertStringIncludes(text, "<details>");
  assertStringIncludes(text, "1.5 ± 0.1"); // 3/2, of the third curve
});

Deno.test("binValues() counts every finite value once", () => {
  const bins = binValues([0, 1, 2, 3, 4, 4, NaN, Infinity], 4);
  assertEquals(bins.map(({ count }) => count), [1, 1, 1, 3]);
  assertEquals([bins[0]!.low, bins.at(-1)!.high], [0, 4]);
  assertEquals(binValues([]), []);
  assertEquals(binValues([5, 5, 5], 3).reduce((sum, { count }) => sum + count, 0), 3);
});
