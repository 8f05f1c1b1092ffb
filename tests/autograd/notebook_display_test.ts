import { assertEquals, assertStringIncludes } from "@std/assert";
import { arange, f32, notebookDisplay, Tensor, tensor, Variable } from "../../autograd/mod.ts";
import { setBackend } from "../../autograd/mod.ts";
import { input } from "../../graph/mod.ts";
import { openCpu } from "../../cpu/mod.ts";

Deno.test("a notebook shows type and first values of a tensor", async () => {
  using backend = await openCpu({ threads: 1 });
  setBackend(backend);
  const shown = async (value: Tensor) => (await value[notebookDisplay]())["text/plain"];
  assertEquals(
    await shown(tensor([[1, 0.5], [3, 1 / 3]])),
    "f32[2, 2]\n[[1, 0.5],\n [3, 0.33333]]",
  );
  assertEquals(await shown(arange(8)), "i32[8]\n[0, 1, 2, 3, 4, 5, …]");
  assertEquals(await shown(tensor([1, 2]).less(2)), "bool[2]\n[true, false]");
  assertEquals(await shown(tensor([1, 2]).sum()), "f32[]\n3");
  using variable = new Variable("w", f32([2]), () => Float32Array.of(1, 2));
  assertEquals(await shown(variable), "f32[2]\n[1, 2]");
});

Deno.test("a notebook shows why a tensor has no values", async () => {
  using backend = await openCpu({ threads: 1 });
  setBackend(backend);
  const handle = new Tensor(input("x", f32([2, 3])));
  const { "text/plain": text } = await handle[notebookDisplay]();
  assertStringIncludes(text!, 'f32[2, 3]\nno values: it depends on the input "x"');
});
