import { assertEquals } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { programCases } from "./_cases.ts";
import { assertSameAsCompiled } from "./_equality.ts";
import { assertSameFromFile } from "./_random.ts";

for (const [name, make] of Object.entries(programCases)) {
  for (const threads of [1, 2]) {
    Deno.test(`cpu, ${threads} threads: a loaded program computes what compile does: ${name}`, async () => {
      using backend = openCpu({ threads });
      await assertSameAsCompiled(make(), backend);
      assertEquals(backend.memory().liveBuffers, 0);
    });
  }
}

Deno.test("cpu: random graphs compute the same from a file, bit for bit", async () => {
  using backend = openCpu({ threads: 1 });
  for (let seed = 5001; seed <= 5150; seed++) await assertSameFromFile(seed, backend);
  assertEquals(backend.memory().liveBuffers, 0);
});
