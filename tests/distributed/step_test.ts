import { assert, assertEquals, assertRejects } from "@std/assert";
import * as gs from "../../mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { alone, compileDistributed, inProcess } from "../../distributed/mod.ts";
import { farthest, methods, toleranceOf, trainSmallModel } from "./_small_model.ts";

const names = Object.keys(methods) as (keyof typeof methods)[];

for (const method of names) {
  for (
    const { size, rows } of [{ size: 2, rows: 13 }, { size: 3, rows: 8 }, { size: 4, rows: 3 }]
  ) {
    Deno.test(`${method} on ${size} ranks with ${rows} rows takes the steps of one process`, async () => {
      const expected = await trainSmallModel({ method, rows, communicator: alone });
      const ranks = await inProcess(
        size,
        (communicator) => trainSmallModel({ method, rows, communicator }),
      );
      for (const { weights, losses } of ranks) {
        assertEquals(weights, ranks[0]!.weights);
        assertEquals(losses, ranks[0]!.losses);
        assert(farthest(weights, expected.weights) <= toleranceOf(method));
        assert(Math.abs(losses - expected.losses) < 1e-5);
      }
    });
  }
}

Deno.test("what differs between ranks cannot become an update or an output", async () => {
  using backend = await openCpu({ threads: 1 });
  using total = new gs.Variable("total", gs.f32([]));
  const options = { communicator: alone, backend };
  const update = compileDistributed(
    { x: gs.f32([2]) },
    ({ x }) => ({ updates: new Map([[total, total.add(x.sum())]]) }),
    options,
  );
  await assertRejects(() => update, gs.GraphError, 'the next value of "total" must be the same');
  const output = compileDistributed({ x: gs.f32([2]) }, ({ x }) => ({ outputs: { x } }), options);
  await assertRejects(() => output, gs.GraphError, "must be the same on all ranks");
  using right = await compileDistributed(
    { x: gs.f32([2]) },
    ({ x }) => ({ updates: new Map([[total, total.add(x.sum())]]) }),
    { ...options, local: [total] },
  );
  await right.run({ x: Float32Array.of(1, 2) });
  assertEquals(await total.item(), 3);
});
