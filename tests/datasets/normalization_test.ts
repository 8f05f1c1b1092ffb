import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Dataset, features, measureNormalization, type RawArray } from "../../datasets/mod.ts";
import { generator } from "../support/random.ts";

function datasetOf(x: RawArray, sampleShape: readonly number[]): Dataset {
  const count = x.length / sampleShape.reduce((a, b) => a * b, 1);
  const train = { x, y: new Int32Array(count), count };
  const scale = x instanceof Float32Array ? 1 : 1 / 255;
  const facts = { name: "own", classes: 1, classNames: [], sampleShape, source: "" };
  return { ...facts, train, test: train, normalization: { scale, mean: [0], std: [1] } };
}

/** Mean and standard deviation of every `groups`-th part of the samples, in plain loops. */
function statistics(x: Float32Array, sampleSize: number, groups: number) {
  const size = sampleSize / groups;
  return Array.from({ length: groups }, (_, group) => {
    const values = [...x].filter((_, i) => Math.floor((i % sampleSize) / size) === group);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    return [mean, Math.sqrt(variance)] as const;
  });
}

for (
  const [shape, bytes, groups] of [
    [[3, 4, 5], true, 3],
    [[3, 4, 5], false, 3],
    [[1, 7, 7], true, 1],
    [[6], false, 6],
    [[6], true, 1],
    [[4, 9], false, 1],
    [[2, 3, 2, 2], false, 1],
  ] as const
) {
  Deno.test(`samples [${shape}] of ${bytes ? "bytes" : "numbers"} get ${groups} means of 0 and deviations of 1`, () => {
    const random = generator(7);
    const size = shape.reduce((a: number, b) => a * b, 1);
    const values = { length: 50 * size };
    const x = bytes
      ? Uint8Array.from(values, (_, i) => Math.floor(random() * (20 + 30 * (i % 7))))
      : Float32Array.from(values, (_, i) => 1000 * (i % size) + (1 + i % size) * random());
    const dataset = datasetOf(x, shape);
    const measured = measureNormalization(dataset);
    assertEquals([measured.mean.length, measured.std.length], [groups, groups]);
    const normalized = { ...dataset, normalization: measured };
    const found = statistics(features(normalized, normalized.train), size, groups);
    for (const [mean, deviation] of found) {
      assertAlmostEquals(mean, 0, 1e-4);
      assertAlmostEquals(deviation, 1, 1e-4);
    }
  });
}

Deno.test("constant values are only centered, and nothing becomes infinite", () => {
  for (const value of [0, 0.1, -3e7, 1e-30, 255]) {
    const x = Float32Array.from({ length: 300 }, (_, i) => i % 3 === 1 ? value : i);
    const dataset = datasetOf(x, [3]);
    const normalization = measureNormalization(dataset);
    const values = features({ ...dataset, normalization }, dataset.train);
    assert(values.every(Number.isFinite));
    assert(
      values.every((feature, i) => i % 3 !== 1 || Math.abs(feature) <= Math.abs(value) * 1e-6),
    );
    assertEquals(normalization.std[1], 1);
  }
  const one = measureNormalization(datasetOf(Uint8Array.of(7, 7), [2]));
  assertEquals(one.std, [1]);
});
