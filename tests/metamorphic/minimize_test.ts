import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { rootsOf, topological } from "../../graph/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { buildCase } from "./program.ts";
import {
  type Fault,
  FaultyBackend,
  shortProduct,
  shortReduction,
  smallerForLarger,
} from "./planted.ts";
import { findFailure, together } from "./properties.ts";
import { randomProgram } from "./random_program.ts";
import { Checker } from "./report.ts";

/** What is left of each fault: its op, and about the smallest sizes at which it shows. */
const faults: readonly {
  readonly name: string;
  readonly fault: Fault;
  readonly op: string;
  readonly type: RegExp;
}[] = [
  {
    name: "max is min",
    fault: smallerForLarger,
    op: "maximum",
    type: /f32\[(?:[1-3](?:, [1-3])*)?\]/,
  },
  {
    name: "a product loses a term",
    fault: shortProduct,
    op: "matmul",
    type: /f32\[(?:1, )*1, 8\]/,
  },
  {
    name: "a reduction loses a term",
    fault: shortReduction,
    op: "reduce",
    type: /\[(?:1, )*7\]/,
  },
];

for (const { name, fault, op, type } of faults) {
  cpuTest(`a planted fault shrinks to a few nodes of the smallest sizes: ${name}`, async (cpu) => {
    const backend = new FaultyBackend(cpu, fault);
    const checker = new Checker(backend, [together]);
    for (let seed = 1;; seed++) {
      const program = randomProgram(seed);
      const failure = await findFailure(buildCase(program), backend, [together]);
      if (!failure) continue;
      const { error, smallest } = await checker.explain(program, failure, `seed ${seed}`);
      const nodes = topological(rootsOf(smallest.graph));
      const found = `${error.message}\n${nodes.length} nodes`;
      assert(nodes.length <= 4, found);
      assert(nodes.some((node) => node.op.name.startsWith(op)), found);
      assert(type.test(error.message), found);
      assertStringIncludes(error.message, `seed ${seed} on`);
      assertStringIncludes(error.message, "steps 1");
      return;
    }
  }, { threads: 1 });
}

Deno.test("programs are a function of their seed", () => {
  assertEquals(randomProgram(17), randomProgram(17));
  assert(JSON.stringify(randomProgram(17)) !== JSON.stringify(randomProgram(18)));
});
