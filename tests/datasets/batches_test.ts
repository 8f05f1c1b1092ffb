import { assert, assertEquals, assertThrows } from "@std/assert";
import { batches, batchIndices, planBatches } from "../../datasets/mod.ts";

const order = { count: 7, batchSize: 3, seed: 3, epoch: 2, shuffle: true } as const;
const data = () => ({
  x: Float32Array.from({ length: 14 }, (_, i) => i / 4),
  y: Int32Array.from({ length: 7 }, (_, i) => 100 + i),
  z: Uint8Array.from({ length: 21 }, (_, i) => i),
});

Deno.test("batches() yields the rows of the planned samples, in arrays of the same types", () => {
  for (const lastBatch of ["keep", "drop"] as const) {
    const arrays = data();
    const plan = planBatches({ ...order, lastBatch });
    const all = [...batches(arrays, { ...order, lastBatch })];
    assertEquals(all.length, lastBatch === "keep" ? 3 : 2);
    for (const [b, { x, y, z }] of all.entries()) {
      const samples = [...batchIndices(plan, b)];
      assert(x instanceof Float32Array && y instanceof Int32Array && z instanceof Uint8Array);
      assertEquals([...x], samples.flatMap((i) => [2 * i / 4, (2 * i + 1) / 4]));
      assertEquals([...y], samples.map((i) => 100 + i));
      assertEquals([...z], samples.flatMap((i) => [3 * i, 3 * i + 1, 3 * i + 2]));
    }
    assertEquals(arrays, data());
  }
});

Deno.test("batches() of other epochs have another order, and do not share memory", () => {
  const options = { ...order, lastBatch: "keep" } as const;
  const [first, second] = [0, 1].map((epoch) =>
    [...batches(data(), { ...options, epoch })].flatMap(({ y }) => [...y])
  );
  assert(first!.join() !== second!.join());
  assertEquals(first!.toSorted(), second!.toSorted());
  const buffers = new Set([...batches(data(), options)].map(({ x }) => x.buffer));
  assertEquals(buffers.size, 3);
});

Deno.test("batches() refuses what has no row per sample at the call, not in the loop", () => {
  const options = { ...order, lastBatch: "keep" } as const;
  for (const length of [0, 6, 8]) {
    const message = `Cannot make batches of "y": it must have one row for each of 7 samples: ` +
      `current length is ${length}`;
    assertThrows(() => batches({ y: new Int32Array(length) }, options), RangeError, message);
  }
  for (const array of [[1, 2, 3, 4, 5, 6, 7], new Float64Array(7), undefined, "1234567"]) {
    const wrong = { y: array as unknown as Int32Array };
    assertThrows(
      () => batches(wrong, options),
      TypeError,
      'Cannot make batches of "y": it must be',
    );
  }
  for (const arrays of [{}, undefined, new Float32Array()]) {
    const wrong = arrays as unknown as Record<string, Int32Array>;
    assertThrows(() => batches(wrong, options), TypeError, "it needs arrays by name");
  }
  assertThrows(
    () => batches(data(), { ...options, batchSize: 8, lastBatch: "drop" }),
    RangeError,
    "Cannot plan batches of 8",
  );
  assertThrows(() => batches(data(), { ...options, batchSize: 0 }), RangeError, "batchSize");
});
