import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { defaults } from "../../cli/settings/config.ts";
import { silent } from "../../cli/display.ts";
import { load } from "../../cli/data/load.ts";
import { features } from "../../datasets/mod.ts";

const digits = { ...defaults, dataset: "digits" };

Deno.test("standard features have mean 0 over the training data, and unit features are in [0, 1]", async () => {
  const standard = await load({ ...digits, normalize: "standard" }, silent);
  const centered = features(standard, standard.train);
  const mean = centered.reduce((sum, value) => sum + value, 0) / centered.length;
  assertAlmostEquals(mean, 0, 1e-4);
  const unit = await load({ ...digits, normalize: "unit" }, silent);
  const pixels = features(unit, unit.train);
  const [low, high] = [
    pixels.reduce((a, b) => Math.min(a, b)),
    pixels.reduce((a, b) => Math.max(a, b)),
  ];
  assertEquals([low, high], [0, 1]);
  assert(standard.normalization.mean[0]! > 0);
});
