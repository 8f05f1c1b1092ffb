// What the type checker knows of dtypes: a wrong type here is an error of `deno check`.
import { assertEquals } from "@std/assert";
import { arange, compile, f32, type Tensor, tensor, where } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import type { DType } from "../../graph/mod.ts";

Deno.test("data() has the type of its array, and can be reduced if the dtype is not known", async () => {
  using backend = openCpu({ threads: 1 });
  const x = tensor([[1, 2], [3, 4]]);
  const floats: Float32Array = await x.square().sum(0).data({ backend });
  const places: Int32Array = await x.argmax(1).data({ backend });
  const bytes: Uint8Array = await where(x.less(2), x, 0).greater(0).any().data({ backend });
  // @ts-expect-error: positions are integers
  const wrong: Float32Array = await x.topk(1).indices.data({ backend });
  assertEquals([floats.length, places.length, bytes.length, wrong.length], [2, 2, 1, 2]);

  const unknown: Tensor = arange(4);
  const dtype: DType = unknown.dtype;
  const sum: number = (await unknown.data({ backend })).reduce((a, b) => a + b);
  assertEquals([dtype, sum], ["i32", 6]);
  let value = x.matmul(x); // f32, and then what a layer returns
  value = ((y: Tensor): Tensor => y.relu())(value);
  using step = await compile({ x: f32([3]) }, ({ x }) => ({ outputs: { y: x.mul(2) } }), {
    backend,
  });
  step.run({ x: Float32Array.of(1, 2, 3) });
  assertEquals((await step.read()).y.reduce((a, b) => a + b, value.rank), 14);
});
