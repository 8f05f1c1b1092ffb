import { assert, assertEquals } from "@std/assert";
import { evaluate } from "../../autograd/mod.ts";
import { cast, concat, constant, reduceSum, reshape } from "../../graph/mod.ts";
import { Printer } from "../../gpu/wgsl/printer.ts";
import { gpuTest } from "./_adapter.ts";

Deno.test("no name is a type's, whatever the number of names before it", () => {
  for (const prefix of ["i", "u", "f", "v", "x"]) {
    const printer = new Printer(null as never, null as never);
    const names = Array.from({ length: 100 }, () => printer.name(prefix));
    assertEquals(new Set(names).size, 100);
    for (const type of ["i32", "u32", "f32", "f16"]) assert(!names.includes(type), type);
  }
});

// a loop was named i32 in this kernel, and could not convert to i32
gpuTest("booleans that are joined, converted, and summed compile", async (gpu) => {
  const bits = Uint8Array.from({ length: 119 }, (_, i) => i % 3 === 0 ? 1 : 0);
  const x = constant(bits, [7, 17], "bool");
  const list = reshape(cast(concat([x, x], 0), "i32"), [238]);
  const outputs = [list, reduceSum(list, [0])].map((node) => ({ node }));
  const [values, sum] = await evaluate(outputs, { backend: gpu });
  assertEquals([...values!], [...bits, ...bits]);
  assertEquals([...sum!], [80]);
});
