import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Tensor } from "../../autograd/mod.ts";
import { fixedCounter, randomUniform, ShapeError, streamOf } from "../../graph/mod.ts";
import {
  fanInUniform,
  heNormal,
  type Initializer,
  normalInit,
  onesInit,
  orthogonal,
  RandomStream,
  truncatedNormal,
  xavierNormal,
  xavierUniform,
  zerosInit,
} from "../../layers/mod.ts";
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

/** Mean and standard deviation. */
function statistics(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

function assertDistribution(values: Float32Array, mean: number, deviation: number): void {
  const found = statistics(values);
  const error = deviation / Math.sqrt(values.length);
  assertAlmostEquals(found.mean, mean, 4 * error);
  assertAlmostEquals(found.deviation, deviation, 4 * error);
}

Deno.test("xavierUniform and xavierNormal have the standard deviation √(2 / (fanIn + fanOut))", () => {
  // fan in 20 · 9, fan out 60 · 9
  const shape = [60, 20, 3, 3];
  const deviation = Math.sqrt(2 / 720);
  assertDistribution(xavierNormal()(shape, context(1)), 0, deviation);
  const uniform = xavierUniform({ gain: 2 })(shape, context(1));
  assertDistribution(uniform, 0, 2 * deviation);
  const bound = 2 * Math.sqrt(6 / 720);
  assert(uniform.every((value) => Math.abs(value) <= bound));
  assert(Math.max(...uniform) > 0.999 * bound && Math.min(...uniform) < -0.999 * bound);
});

Deno.test("normalInit has the mean and the standard deviation of its options", () => {
  assertDistribution(normalInit()([100, 100], context(1)), 0, 1);
  assertDistribution(normalInit({ mean: 3, std: 0.1 })([100, 100], context(1)), 3, 0.1);
  assert(normalInit({ mean: 3, std: 0 })([4], context(1)).every((value) => value === 3));
});

Deno.test("truncatedNormal stays within its bounds and has a truncated normal's deviation", () => {
  const values = truncatedNormal()([100, 100], context(1));
  assert(values.every((value) => value >= -2 && value <= 2));
  // √(1 − 4φ(2) / (2Φ(2) − 1))
  assertDistribution(values, 0, 0.8796);
  const far = truncatedNormal({ min: 9, max: 10 })([50], context(1));
  assert(far.every((value) => value >= 9 && value <= 10));
  assertThrows(() => truncatedNormal({ min: 2, max: 2 }), RangeError, "min must be below max");
  assertThrows(() => truncatedNormal({ min: 3 }), RangeError, "min must be below max");
});

Deno.test("orthogonal makes the shorter side orthonormal, for odd sizes too", () => {
  for (const [rows, columns] of [[7, 7], [3, 11], [11, 3], [1, 1], [64, 65]] as const) {
    const gain = 3;
    const weight = orthogonal({ gain })([rows, columns], context(1));
    const at = rows <= columns
      ? (k: number, i: number) => weight[k * columns + i]!
      : (k: number, i: number) => weight[i * columns + k]!;
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < length; i++) product += at(a, i) * at(b, i);
        assertAlmostEquals(product, a === b ? gain ** 2 : 0, 1e-5, `${rows}x${columns}`);
      }
    }
  }
});

Deno.test("initializers of weights refuse other shapes, and all make empty weights", () => {
  const ofWeights: readonly Initializer[] = [xavierUniform(), xavierNormal(), orthogonal()];
  for (const initializer of ofWeights) {
    assertThrows(() => initializer([3], context(1)), ShapeError, "[outputs, inputs, …]");
  }
  const all = [...ofWeights, normalInit(), truncatedNormal(), zerosInit, onesInit, heNormal];
  for (const initializer of all) {
    assertEquals(initializer([0, 3], context(1)).length, 0);
    assertEquals(initializer([3, 0], context(1)).length, 0);
  }
});
