import { assert, assertEquals, assertLess, assertNotEquals, assertThrows } from "@std/assert";
import {
  batchIndices,
  type BatchOptions,
  gatherRows,
  planBatches,
  shuffledOrder,
} from "../../datasets/mod.ts";

Deno.test("shuffledOrder() is a permutation, the same for the same seed and epoch", () => {
  const order = shuffledOrder({ count: 10_000, seed: 42, epoch: 5 });
  assertEquals(order, shuffledOrder({ count: 10_000, seed: 42, epoch: 5 }));
  assertEquals(order.toSorted(), Int32Array.from({ length: 10_000 }, (_, i) => i));
  assertNotEquals(order, shuffledOrder({ count: 10_000, seed: 42, epoch: 6 }));
  assertNotEquals(order, shuffledOrder({ count: 10_000, seed: 43, epoch: 5 }));
  assertEquals([...shuffledOrder({ count: 1, seed: 0, epoch: 0 })], [0]);
  assertEquals([...shuffledOrder({ count: 0, seed: 0, epoch: 0 })], []);
});

Deno.test("shuffledOrder() is stable across versions", () => {
  // Fisher–Yates with Threefry, written again in another language
  assertEquals(
    [...shuffledOrder({ count: 10, seed: 0, epoch: 0 })].join(" "),
    "4 0 3 9 1 8 5 7 6 2",
  );
  assertEquals(
    [...shuffledOrder({ count: 10, seed: 1, epoch: 2 })].join(" "),
    "3 7 5 0 1 9 6 8 4 2",
  );
});

Deno.test("shuffledOrder() gives every permutation equally often", () => {
  const counts = new Map<string, number>();
  const runs = 24_000;
  for (let epoch = 0; epoch < runs; epoch++) {
    const key = shuffledOrder({ count: 4, seed: 9, epoch }).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  const expected = runs / 24;
  const chiSquared = [...counts.values()]
    .reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
  assertLess(chiSquared, 49.7); // 23 degrees of freedom, p = 0.001
});

const base: BatchOptions = {
  count: 10,
  batchSize: 4,
  seed: 3,
  epoch: 1,
  shuffle: false,
  lastBatch: "keep",
};

Deno.test("planBatches() keeps or drops the last batch", () => {
  const kept = planBatches(base);
  assertEquals(kept.batchCount, 3);
  assertEquals([...batchIndices(kept, 0)], [0, 1, 2, 3]);
  assertEquals([...batchIndices(kept, 2)], [8, 9]);
  const dropped = planBatches({ ...base, lastBatch: "drop" });
  assertEquals([dropped.batchCount, dropped.order.length], [2, 8]);
  for (const lastBatch of ["keep", "drop"] as const) {
    assertEquals(planBatches({ ...base, count: 8, lastBatch }).batchCount, 2);
  }
  assertEquals(planBatches({ ...base, batchSize: 64 }).batchCount, 1);
  assertEquals([...batchIndices(planBatches({ ...base, batchSize: 64 }), 0)].length, 10);
});

Deno.test("a shuffled epoch uses every sample once, in an order that batch size does not change", () => {
  const plan = planBatches({ ...base, shuffle: true });
  const used = Array.from({ length: plan.batchCount }, (_, b) => [...batchIndices(plan, b)]).flat();
  assertEquals(used.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(used, [...planBatches({ ...base, shuffle: true, batchSize: 3 }).order]);
  assertNotEquals(used, [...planBatches(base).order]);
});

Deno.test("planBatches() and batchIndices() refuse numbers out of range", () => {
  const wrong: readonly Partial<BatchOptions>[] = [
    { count: 0 },
    { count: 1.5 },
    { batchSize: 0 },
    { batchSize: -4 },
    { batchSize: NaN },
    { epoch: -1, shuffle: true },
    { seed: 0.1, shuffle: true },
    { batchSize: 11, lastBatch: "drop" },
  ];
  for (const options of wrong) {
    assertThrows(() => planBatches({ ...base, ...options }), RangeError, "Cannot");
  }
  for (const batch of [-1, 3, 0.5]) {
    assertThrows(() => batchIndices(planBatches(base), batch), RangeError, "batch must be");
  }
});

Deno.test("gatherRows() copies rows and leaves the rest of the target unchanged", () => {
  const source = Float32Array.of(0, 1, 10, 11, 20, 21);
  const out = new Float32Array(6).fill(-1);
  gatherRows(source, Int32Array.of(2, 0), out, 2);
  assertEquals([...out], [20, 21, 0, 1, -1, -1]);
  assertThrows(
    () => gatherRows(source, Int32Array.of(2, 0, 1, 1), out, 2),
    RangeError,
    "current length is 6",
  );
  const labels = new Int32Array(2);
  gatherRows(Int32Array.of(7, 8, 9), Int32Array.of(1, 2), labels, 1);
  assertEquals([...labels], [8, 9]);
  assert(source[0] === 0);
});
