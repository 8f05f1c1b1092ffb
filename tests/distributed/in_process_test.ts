import { assertEquals, assertRejects } from "@std/assert";
import { GraphError } from "../../graph/mod.ts";
import { inProcess, rowsOfRank } from "../../distributed/mod.ts";

Deno.test("ranks of one process sum, compare, and broadcast", async () => {
  const results = await inProcess(3, async (communicator) => {
    const { rank } = communicator;
    const sum = Float32Array.of(rank, 1);
    await communicator.sum(sum);
    const max = Int32Array.of(rank, -rank);
    await communicator.max(max);
    const bytes = Uint8Array.of(rank, rank + 1);
    await communicator.broadcast(bytes, 2);
    return { sum: [...sum], max: [...max], bytes: [...bytes] };
  });
  for (const result of results) {
    assertEquals(result, { sum: [3, 3], max: [2, 0], bytes: [2, 3] });
  }
});

Deno.test("ranks that make different calls are refused", async () => {
  const run = inProcess(2, async (communicator) => {
    await communicator.sum(new Float32Array(2 + communicator.rank));
  });
  await assertRejects(() => run, GraphError, "rank 0 calls sum 2, rank 1 sum 3");
});

for (const ending of ["ends", "fails"]) {
  Deno.test(`a rank that ${ending} does not keep the others waiting`, async () => {
    const errors: unknown[] = [];
    const run = inProcess(3, async (communicator) => {
      if (communicator.rank === 2) {
        if (ending === "fails") throw new RangeError("rank 2 fails");
        return;
      }
      await Promise.resolve(communicator.max(new Int32Array(1))).catch((error) => {
        errors.push(error);
      });
    });
    if (ending === "fails") await assertRejects(() => run, RangeError, "rank 2 fails");
    else await run;
    assertEquals(errors.map(String), Array(2).fill(String(errors[0])));
    assertEquals(String(errors[0]).includes("rank 2 has left"), true);
  });
}

Deno.test("the ranks' rows are the batch, in order, and their shares add up to 1", () => {
  for (const size of [1, 2, 3, 4, 7]) {
    for (const rows of [1, 2, 5, 8, 13, 128]) {
      const ranges = Array.from({ length: size }, (_, rank) => rowsOfRank(rows, { rank, size }));
      const own = ranges.filter(({ share }) => share > 0);
      let next = 0;
      for (const { from, count, share, of } of own) {
        assertEquals([from, share, of], [next, count / rows, rows]);
        next += count;
      }
      assertEquals(next, rows);
      for (const { from, count, share } of ranges) {
        if (share === 0) assertEquals([count, from < rows], [1, true]);
      }
    }
  }
});
