import { assertEquals } from "@std/assert";
import { openCpu } from "../../../cpu/mod.ts";
import { models } from "../../cases/models.ts";
import { train } from "../_training.ts";
import { nativeTest } from "./_native.ts";

const STEPS = 20;

for (const one of models) {
  nativeTest(`${STEPS} steps of ${one.name} have the bits of WebAssembly`, async (native) => {
    using wasm = openCpu({ threads: 1, native: "off" });
    const expected = await train(one, wasm, STEPS);
    for (const threads of [1, 2, 4]) {
      using cpu = openCpu({ threads, native });
      assertEquals(await train(one, cpu, STEPS), expected, `${threads} threads`);
    }
  });
}
