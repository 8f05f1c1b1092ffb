import { assertEquals } from "@std/assert";
import { openCpu } from "../../mod.ts";
import { eagerRuns, Load } from "../cpu/_eager_runs.ts";

const RUNS = 20_000;

for (const threads of [2, 4, 8]) {
  Deno.test(`${RUNS} eager runs of changing programs on ${threads} threads under load`, async () => {
    using _load = new Load(2);
    using backend = openCpu({ threads });
    const start = performance.now();
    const { failed, wrong, first } = await eagerRuns(backend, RUNS);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`${threads} threads: ${failed} failed, ${wrong} wrong of ${RUNS} in ${seconds} s`);
    assertEquals({ failed, wrong, first }, { failed: 0, wrong: 0, first: "" });
    assertEquals(backend.memory(), { liveBuffers: 0, liveBytes: 0 });
  });
}
