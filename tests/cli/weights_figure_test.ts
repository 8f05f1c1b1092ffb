import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeSafetensors, fromTyped } from "../../checkpoint/mod.ts";
import { CommandError } from "../../cli/errors.ts";
import { readWeights, weightsFigure } from "../../cli/report/weights_figure.ts";
import type { HistogramPanel } from "../../figures/mod.ts";
import { temporaryFolder } from "./command.ts";

type Tensors = readonly (readonly [string, readonly number[]])[];

const weightsOf = (...tensors: Tensors) =>
  new Map(tensors.map(([name, values]) => [name, Float32Array.from(values)]));

function panelsOf(...arms: Tensors[]): readonly HistogramPanel[] {
  const weights = new Map(arms.map((tensors, i) => [`arm ${i}`, weightsOf(...tensors)]));
  const panels = weightsFigure(weights)?.panels ?? [];
  return panels.filter((panel) => panel.kind === "histogram");
}

Deno.test("the weights of all optimizers are counted in the same bins", () => {
  const [panel] = panelsOf([["w", [-1, 0, 0.5, 1]]], [["w", [0, 3]]]);
  const [first, second] = panel!.series;
  assertEquals(first!.bins.map(({ low }) => low), second!.bins.map(({ low }) => low));
  assertEquals([first!.bins[0]!.low, first!.bins.at(-1)!.high], [-1, 3]);
  const totals = panel!.series.map(({ bins }) => bins.reduce((sum, { count }) => sum + count, 0));
  assertEquals(totals, [4, 2]);
  assertEquals([first!.bins[0]!.count, second!.bins.at(-1)!.count], [1, 1]);
});

Deno.test("weights that are not finite are omitted, and equal weights are in one bin", () => {
  const [panel] = panelsOf([["w", [NaN, Infinity, -Infinity]]], [["w", [2, 2, NaN]]]);
  assertEquals(panel!.series.map(({ label }) => label), ["arm 1"]);
  assertEquals(panel!.series[0]!.bins.filter(({ count }) => count > 0), [{
    low: 2,
    high: 2.05,
    count: 2,
  }]);
  const [empty] = panelsOf([["w", [NaN]]]);
  assertEquals(empty!.series, []);
});

Deno.test("of many tensors the first are drawn, and the caption says so", () => {
  const names = Array.from({ length: 9 }, (_, i) => [`w${i}`, [1, 2]] as const);
  assertEquals(panelsOf([...names]).map(({ title }) => title), names.slice(0, 6).map(([n]) => n));
  const figure = weightsFigure(new Map([["a", weightsOf(...names)]]));
  assertStringIncludes(figure!.caption, "The first 6 of 9 are drawn.");
  assertEquals(weightsFigure(new Map()), null);
  assertEquals(weightsFigure(new Map([["a", new Map()]])), null);
});

Deno.test("vectors are no weights, and a missing file is no error", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/model.safetensors`;
  assertEquals(await readWeights(path), undefined);
  const tensors = new Map([
    ["0.weight", fromTyped(Float32Array.of(1, 2), [2, 1])],
    ["0.bias", fromTyped(Float32Array.of(3, 4), [2])],
  ]);
  await Deno.writeFile(path, encodeSafetensors(tensors));
  const weights = await readWeights(path);
  assert(weights);
  assertEquals([...weights], [["0.weight", Float32Array.of(1, 2)]]);
  await Deno.writeTextFile(path, "damaged");
  const error = await assertRejects(() => readWeights(path), CommandError);
  assertStringIncludes(error.message, `Cannot read ${path}: `);
});
