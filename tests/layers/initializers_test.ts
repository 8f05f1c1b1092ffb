import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Tensor } from "../../autograd/mod.ts";
import { fixedCounter, randomUniform, streamOf } from "../../graph/mod.ts";
import { fanInUniform, heNormal, RandomStream } from "../../layers/mod.ts";
import { HostRun } from "./host_run.ts";

const context = (fanIn: number) => ({ fanIn, random: new RandomStream(7, "0.weight") });

Deno.test("RandomStream draws the numbers that the graph's generator draws", () => {
  const random = new RandomStream(7, "0.weight");
  const attrs = { shape: [64], seed: 7, stream: streamOf("0.weight") };
  const drawn = new HostRun().get(new Tensor(randomUniform(fixedCounter(), attrs)));
  assertEquals(drawn, Array.from({ length: 64 }, (_, index) => random.uniform(index)));
});

Deno.test("fanInUniform is uniform in ±1/√fanIn", () => {
  const values = fanInUniform([400, 100], context(25));
  assert(values.every((value) => Math.abs(value) <= 0.2));
  assert(Math.max(...values) > 0.199 && Math.min(...values) < -0.199);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  assertAlmostEquals(mean, 0, 4 * 0.2 / Math.sqrt(3 * values.length)); // 4 standard errors
  assertAlmostEquals(variance, 0.04 / 3, 0.0003);
});

Deno.test("heNormal has mean 0, variance 2/fanIn and a normal's fourth moment", () => {
  const values = heNormal([400, 100], context(50));
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assertAlmostEquals(moment(1), 0, 4 * 0.2 / Math.sqrt(values.length));
  assertAlmostEquals(moment(2), 0.04, 4 * 0.04 * Math.sqrt(2 / values.length));
  assertAlmostEquals(moment(4) / moment(2) ** 2, 3, 0.12);
});
