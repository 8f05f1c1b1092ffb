import { assertEquals } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { models } from "../cases/models.ts";
import { train } from "./_training.ts";

const STEPS = 3;

for (const one of models) {
  Deno.test(`${one.name} trains bit-identically in checked mode`, async () => {
    using plain = openCpu({ threads: 1 });
    const expected = await train(one, plain, STEPS);
    for (const threads of [1, 2, 4]) {
      using cpu = openCpu({ threads, checked: true });
      assertEquals(await train(one, cpu, STEPS), expected);
      assertEquals(cpu.memory().liveBuffers, 0);
    }
  });
}
