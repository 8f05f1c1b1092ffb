import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { compile, f32, ones, Parameter, readVariables, Variable } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { GraphError, ShapeError } from "../../graph/mod.ts";

const pair = (...values: number[]) => new Parameter("w", f32([2]), () => Float32Array.from(values));

Deno.test("a variable that is disposed of has no value, instead of its first one", async () => {
  using backend = openCpu({ threads: 1 });
  const w = pair(1, 2);
  assertEquals([...await w.mul(3).data({ backend })], [3, 6]);
  w[Symbol.dispose]();
  w[Symbol.dispose](); // twice is once
  const lost = 'Cannot use "w": it has been disposed';
  await assertRejects(() => w.data(), GraphError, lost);
  await assertRejects(() => w.mul(3).data({ backend }), GraphError, lost);
  await assertRejects(() => readVariables([w]), GraphError, lost);
  await assertRejects(() => w.moveToHost(), GraphError, lost);
  assertThrows(() => w.assign(new Float32Array(2)), GraphError, lost);
  assertEquals(backend.memory().liveBuffers, 0);
});

Deno.test("a tensor is no type: PyTorch's Parameter(ones(2)) would start with zeros in silence", () => {
  for (const Kind of [Variable, Parameter]) {
    assertThrows(() => new Kind("scale", ones([2])), TypeError, "current is a Tensor");
  }
});

Deno.test("a variable lives on one backend, and its refusal tells how to move it", async () => {
  using here = openCpu({ threads: 1 });
  using there = openCpu({ threads: 1 });
  using w = pair(1, 2);
  await w.mul(2).data({ backend: here });
  const error = await assertRejects(() => w.mul(2).data({ backend: there }), GraphError, "another");
  assertEquals(error.message.includes("await moveToHost() first"), true);
  await w.moveToHost();
  assertEquals([...await w.mul(2).data({ backend: there })], [2, 4]);
});

Deno.test("a graph that cannot be bound leaves nothing behind", async () => {
  using backend = openCpu({ threads: 1 });
  using wrong = new Parameter("w", f32([2]), () => new Float32Array(3));
  for (let i = 0; i < 2; i++) { // the second time, too: no buffer was left that looks filled
    await assertRejects(
      () => compile({ x: f32([2]) }, ({ x }) => ({ outputs: { y: x.mul(wrong) } }), { backend }),
      ShapeError,
      'Cannot write "w"',
    );
  }
  assertEquals(backend.memory().liveBuffers, 0);
});
