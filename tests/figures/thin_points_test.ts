import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { figureFile, figureSection, stylesOf } from "../../figures/mod.ts";
import { thinPoints } from "../../figures/thin_points.ts";
import { curves, figureOf, parsed, pathsOf } from "./sample_figures.ts";

const points = Array.from({ length: 50_000 }, (_, i) => {
  const y = i === 31_234 ? 9 : Math.sin(i);
  return { x: 1 + i, y, low: y, high: y };
});

Deno.test("very many points are thinned out to ends and extremes, on any axis", () => {
  for (const scale of ["linear", "log"] as const) {
    const thin = thinPoints(points, { label: "", unit: "", scale });
    assert(thin.length > 100 && thin.length <= 2000, `${thin.length}`);
    assertEquals([thin[0], thin.at(-1)], [points[0], points.at(-1)]);
    assert(thin.some(({ y }) => y === 9));
    assertEquals(thin, thin.toSorted((a, b) => a.x - b.x));
  }
  const few = points.slice(0, 2000);
  assertEquals(thinPoints(few, { label: "", unit: "", scale: "linear" }), few);
});

Deno.test("many points at one x are thinned out, too", () => {
  const same = points.map((point) => ({ ...point, x: 1 }));
  assertEquals(thinPoints(same, { label: "", unit: "", scale: "linear" }).length, 4);
});

Deno.test("a curve with very many points gives a small file, and a table that says what it omits", async () => {
  const figure = figureOf({
    ...curves,
    curves: [{ label: "sgd", arm: "sgd", variant: 0, points }],
  });
  const svg = await figureFile(figure);
  assert(pathsOf(parsed(svg), ".curve")[0]!.length <= 2001);
  assertStringIncludes((await figureSection(figure, stylesOf(["sgd"]))).text, ", 1 of 125 rows");
});
