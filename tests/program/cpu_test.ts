import { assertEquals } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { programCases } from "./_cases.ts";
import { assertSameAsCompiled } from "./_equality.ts";

for (const [name, make] of Object.entries(programCases)) {
  for (const threads of [1, 2]) {
    Deno.test(`cpu, ${threads} threads: a loaded program computes what compile does: ${name}`, async () => {
      using backend = openCpu({ threads });
      await assertSameAsCompiled(make(), backend);
      assertEquals(backend.memory().liveBuffers, 0);
    });
  }
}
