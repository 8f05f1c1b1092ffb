import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  figureFile,
  figureSection,
  type LinePanel,
  markup,
  page,
  stylesOf,
} from "../../figures/mod.ts";
import { withLaterStart } from "../../figures/later_start.ts";
import { all, curves, figureOf, parsed, pathsOf } from "./sample_figures.ts";

/** Curves of these heights, at x = 1, 2, … */
function panelOf(...heights: readonly (readonly number[])[]): LinePanel {
  const points = (values: readonly number[]) => values.map((y, i) => ({ x: i + 1, y }));
  return {
    ...curves,
    title: "Error",
    curves: heights.map((values, i) => ({
      ...{ label: `${i}`, arm: `${i}`, variant: 0, points: points(values) },
    })),
  };
}

const falling = [50, 9, 8, 7, 6, 5.5, 5, 4.5, 4.2, 4];

Deno.test("curves begin after the first tenth if that takes most of the axis", async () => {
  const panel = withLaterStart(panelOf(falling, [48, 9, 8, 8, 8, 8, 8, 8, 8, 7]));
  assertEquals([panel.from, panel.title], [2, "Error, from epoch 2"]);
  const [path] = pathsOf(parsed(await figureFile(figureOf(panel))), ".curve");
  assertEquals(path!.length, 9);
  // the data table has all points
  const styles = stylesOf([], [figureOf(panel)]);
  const html = page("t", markup`${await figureSection(figureOf(panel), styles)}`);
  const table = all(parsed(html.slice(html.indexOf("<table"), html.indexOf("</table>") + 8)), "tr");
  assertEquals(table.length, 1 + 10);
  assertStringIncludes(html, "Error, from epoch 2");
});

Deno.test("rising curves begin later, too, and curves on a logarithmic axis", () => {
  assertEquals(withLaterStart(panelOf(falling.map((error) => 100 - error))).from, 2);
  const y = { ...curves.y, scale: "log" } as const;
  assertEquals(withLaterStart({ ...panelOf(falling), y }).from, 2);
  assertEquals(withLaterStart(panelOf(falling, [], [NaN])).from, 2);
  // a logarithmic axis has no place for the first value
  assertEquals(withLaterStart({ ...panelOf([0, ...falling]), y }).from, 3);
});

Deno.test("other curves begin at their first point", () => {
  const even = Array.from({ length: 30 }, (_, i) => 30 - i);
  const log = { ...curves.y, scale: "log" } as const;
  const panels = [
    panelOf(even),
    panelOf([50, 9, 8]), // three points would be left
    panelOf([]),
    panelOf([1]),
    panelOf([NaN, Infinity, 3, 2, 1, 0, 0, 0]),
    panelOf([5, 5, 5, 5, 5, 5]),
    panelOf(falling, even.slice(0, 10)),
    panelOf(falling, [49, NaN, NaN]), // the second curve would vanish
    { ...panelOf(falling), x: log },
    { ...panelOf(even.slice(0, 10).map((_, i) => 2 ** -i)), y: log },
  ];
  for (const [i, panel] of panels.entries()) {
    const same = withLaterStart(panel);
    assert(same === panel, `panel ${i} begins at ${same.from}`);
  }
});
