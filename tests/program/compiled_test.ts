/** Compiled functions refuse inputs that they do not have, whatever their names are. */
import { assertEquals, assertThrows } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { compileDistributed, inProcess, sumOverRanks } from "../../distributed/mod.ts";
import { GraphError } from "../../graph/mod.ts";
import * as gs from "../../mod.ts";

const inputs = { x: gs.f32([1]) };
const fn = ({ x }: { readonly x: gs.Tensor }) => ({ outputs: { y: x.mul(2) } });
const unknown = ["z", "", "constructor", "__proto__", "toString"];

Deno.test("an input that a function does not have is refused by its name", async () => {
  using backend = openCpu({ threads: 1 });
  using step = await gs.compile(inputs, fn, { backend });
  using program = await gs.loadProgram(await gs.exportProgram(inputs, fn), { backend });
  for (const each of [step as gs.Compiled<string, string>, program]) {
    for (const name of unknown) {
      const refused = () => each.write(name, Float32Array.of(1));
      assertThrows(refused, GraphError, `Cannot write input "${name}": there is no such input`);
    }
    each.run({ x: Float32Array.of(3) });
    assertEquals([...(await each.read()).y!], [6]);
  }
});

Deno.test("a function of several ranks refuses an input that it does not have", async () => {
  await inProcess(1, async (communicator) => {
    using backend = openCpu({ threads: 1 });
    using step = await compileDistributed(inputs, ({ x }) => ({
      outputs: { sum: sumOverRanks(x.sum()) },
    }), { communicator, backend });
    for (const name of ["z", "constructor", "toString"]) {
      let message = "";
      await step.run({ [name]: Float32Array.of(1) }).catch((error) => message = String(error));
      assertEquals(message, `GraphError: Cannot write input "${name}": there is no such input`);
    }
  });
});
