import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { type Dataset, makeSynthetic, sampleSize } from "../../datasets/mod.ts";
import { sha256 } from "../../checkpoint/mod.ts";

/** Share of test samples whose nearest training sample has the same label. */
function nearestNeighbourAccuracy({ train, test, ...dataset }: Dataset, labels = train.y): number {
  const size = sampleSize(dataset);
  let right = 0;
  for (let t = 0; t < test.count; t++) {
    let best = Infinity;
    let label = -1;
    for (let s = 0; s < train.count; s++) {
      let distance = 0;
      for (let i = 0; i < size; i++) {
        distance += ((test.x[t * size + i] ?? 0) - (train.x[s * size + i] ?? 0)) ** 2;
      }
      if (distance < best) [best, label] = [distance, labels[s] ?? -1];
    }
    if (label === test.y[t]) right++;
  }
  return right / test.count;
}

Deno.test("the same seed gives the same bytes, and another seed gives different ones", async () => {
  const bytes = (seed: number) => {
    const x = makeSynthetic({ seed, trainCount: 50 }).train.x;
    return new Uint8Array(x.slice().buffer as ArrayBuffer);
  };
  assertEquals(
    await sha256(bytes(7)),
    "fd143388faca4231e6b6f62fd12b3802dccc2b0141ca65225a4157a194a30cda",
  );
  assertNotEquals(bytes(8), bytes(7));
});

Deno.test("sizes follow the options, labels cycle, and a larger count keeps the first samples", () => {
  const options = { classes: 3, sampleShape: [2, 3], trainCount: 7, testCount: 4 };
  const { train, test, classes, sampleShape } = makeSynthetic(options);
  assertEquals([train.x.length, test.x.length, classes, ...sampleShape], [42, 24, 3, 2, 3]);
  assertEquals([...train.y], [0, 1, 2, 0, 1, 2, 0]);
  const more = makeSynthetic({ ...options, trainCount: 9 });
  assertEquals(more.train.x.subarray(0, 42), train.x);
  assertNotEquals(test.x, train.x.subarray(0, 24)); // the test samples are others
});

Deno.test("samples of a class are similar, and different from those of other classes", () => {
  const dataset = makeSynthetic({ trainCount: 500, testCount: 200 });
  assertGreater(nearestNeighbourAccuracy(dataset), 0.95);
  const wrong = dataset.train.y.map((_, index) => Math.floor(index / 50)); // unrelated labels
  assertLess(nearestNeighbourAccuracy(dataset, wrong), 0.25);
});

Deno.test("samples are prototypes of ±1 plus noise of the given standard deviation", () => {
  const clean = makeSynthetic({ noise: 0, trainCount: 100 }).train.x;
  assertEquals([...new Set(clean)].toSorted(), [-1, 1]);
  const noisy = makeSynthetic({ noise: 0.3, trainCount: 5000 }).train.x;
  const base = makeSynthetic({ noise: 0, trainCount: 5000 }).train.x;
  let sum = 0;
  let squares = 0;
  noisy.forEach((value, index) => {
    const difference = value - (base[index] ?? 0);
    sum += difference;
    squares += difference ** 2;
  });
  assertAlmostEquals(sum / noisy.length, 0, 5e-3);
  assertAlmostEquals(Math.sqrt(squares / noisy.length), 0.3, 5e-3);
});

Deno.test("sizes out of range are refused", () => {
  const wrong = [
    { classes: 0 },
    { trainCount: 0 },
    { testCount: -1 },
    { sampleShape: [0] },
    { sampleShape: [1.5] },
    { noise: -1 },
    { noise: NaN },
    { seed: -1 },
  ];
  for (const options of wrong) assertThrows(() => makeSynthetic(options), RangeError, "Cannot");
});
