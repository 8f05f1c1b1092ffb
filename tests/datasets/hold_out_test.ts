import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Dataset, holdOut, makeSynthetic } from "../../datasets/mod.ts";

const synthetic = makeSynthetic({ trainCount: 50, testCount: 7 });

/** Samples of two values, which both are the sample's number, and its label its number mod 3. */
function numbered(count: number): Dataset {
  const x = Uint8Array.from({ length: 2 * count }, (_, i) => i >> 1);
  const y = Int32Array.from({ length: count }, (_, i) => i % 3);
  return { ...synthetic, sampleShape: [2], classes: 3, train: { x, y, count } };
}

Deno.test("holdOut() splits the training samples with their labels and keeps their order", () => {
  const dataset = numbered(50);
  const { train, validation, test } = holdOut(dataset, { count: 12, seed: 3 });
  assertEquals([train.count, validation.count, test], [38, 12, dataset.test]);
  for (const { x, y, count } of [train, validation]) {
    assertEquals([x.length, y.length, x.constructor], [2 * count, count, Uint8Array]);
    const numbers = Array.from({ length: count }, (_, i) => x[2 * i]!);
    assertEquals(numbers, numbers.toSorted((a, b) => a - b));
    assertEquals([...y], numbers.map((number) => number % 3));
    assertEquals([...x], numbers.flatMap((number) => [number, number]));
  }
  const all = [...train.x, ...validation.x].toSorted((a, b) => a - b);
  assertEquals(all, [...dataset.train.x]);
});

Deno.test("the seed determines which samples are held out, and any sample can be", () => {
  const chosen = (seed: number) => [...holdOut(numbered(50), { count: 12, seed }).validation.x];
  assertEquals(chosen(1), chosen(1));
  const seen = new Set<number>();
  for (let seed = 0; seed < 60; seed++) for (const number of chosen(seed)) seen.add(number);
  assertEquals(seen.size, 50);
  assert(chosen(1).join() !== chosen(2).join());
});

Deno.test("at least one sample must be held out, and at least one left for training", () => {
  for (const count of [0, 50, 51, 1.5, -1, NaN]) {
    const rule = `count must be a whole number in [1, 49]: current is ${count}`;
    assertThrows(() => holdOut(numbered(50), { count, seed: 1 }), RangeError, rule);
  }
});

Deno.test("a stratified split has each class in proportion, exactly as many as asked, and is seeded", () => {
  const sizes = [50, 30, 15, 5, 1];
  const y = Int32Array.from(sizes.flatMap((size, label) => Array(size).fill(label)));
  const x = Float32Array.from(y.keys());
  const dataset = {
    ...makeSynthetic({
      seed: 1,
      classes: 5,
      sampleShape: [1],
      trainCount: 1,
      testCount: 0,
      noise: 0,
    }),
    train: { x, y, count: y.length, names: [...y.keys()].map(String) },
  };
  for (const count of [1, 2, 7, 10, 20, 50, 99, 100]) {
    const { train, validation } = holdOut(dataset, { count, seed: 3, stratified: true });
    assertEquals([train.count, validation.count], [y.length - count, count]);
    for (const [label, size] of sizes.entries()) {
      const held = validation.y.filter((each) => each === label).length;
      assert(Math.abs(held - size * count / y.length) < 1, `${held} of ${size} with ${count}`);
    }
    const both = [...train.x, ...validation.x].toSorted((a, b) => a - b);
    assertEquals(both, [...x]);
    assertEquals(validation.names, [...validation.x].map(String));
    const again = holdOut(dataset, { count, seed: 3, stratified: true });
    assertEquals(again.validation.x, validation.x);
  }
  const [a, b] = [3, 4].map((seed) => holdOut(dataset, { count: 20, seed, stratified: true }));
  assert(a!.validation.x.join() !== b!.validation.x.join());
});
