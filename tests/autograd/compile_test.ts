import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { compile, evaluate, f32, resolveBackend, tensor, trace } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { DTypeError, GraphError, type HostArray, ShapeError } from "../../graph/mod.ts";

const inputs = { x: f32([2]), y: f32([2]) };

Deno.test("an input that was never given is named, instead of being zeros", async () => {
  using backend = openCpu({ threads: 1 });
  using sum = await compile(inputs, ({ x, y }) => ({ outputs: { sum: x.add(y) } }), { backend });
  assertThrows(() => sum.run({ x: Float32Array.of(1, 2) }), GraphError, 'missing: "y"');
  sum.run({ y: Float32Array.of(3, 4) }); // x keeps its value
  assertEquals([...(await sum.read()).sum], [4, 6]);
});

Deno.test("an input that no output needs may be left out", async () => {
  using backend = openCpu({ threads: 1 });
  using same = await compile(inputs, ({ x }) => ({ outputs: { x } }), { backend });
  same.run({ x: Float32Array.of(1, 2) });
  assertEquals([...(await same.read()).x], [1, 2]);
});

Deno.test("nothing is read before there was a run", async () => {
  using backend = openCpu({ threads: 1 });
  using one = await compile({}, () => ({ outputs: { one: tensor(1) } }), { backend });
  await assertRejects(() => one.read(), GraphError, "call run() first");
});

Deno.test("the handle of an input has no value outside of its step", async () => {
  using backend = openCpu({ threads: 1 });
  const kept = trace(inputs, ({ x }) => ({ outputs: { x } })).graph.outputs;
  await assertRejects(
    () => evaluate(kept.map((node) => ({ node })), { backend }),
    GraphError,
    'missing: "x"',
  );
});

// what the type checker would refuse, and `deno run` does not look at
Deno.test("an input that is given as undefined does not keep its last value", async () => {
  using backend = openCpu({ threads: 1 });
  using same = await compile(inputs, ({ x }) => ({ outputs: { x } }), { backend });
  same.run({ x: Float32Array.of(1, 2) });
  const batch: { x: Float32Array } = JSON.parse("{}");
  assertThrows(() => same.run({ x: batch.x }), ShapeError, "current value is undefined");
  const found = [[3, "3"], [tensor([1, 2]), "a Tensor"], [new Int32Array(2), "an Int32Array of 2"]];
  for (const [value, text] of found) {
    const x = value as unknown as HostArray;
    assertThrows(() => same.run({ x }), DTypeError, `current value is ${text}`);
  }
});

Deno.test("a traced function that returns something else is told what to return", () => {
  const returning = (text: string) => trace(inputs, () => JSON.parse(text));
  const { x } = { x: tensor(1) };
  assertThrows(() => trace(inputs, () => Object(x)), TypeError, "current is a Tensor");
  assertThrows(() => returning('{"loss": 1}'), TypeError, 'an object with a field "loss"');
  assertThrows(() => returning('{"outputs": {"loss": 1}}'), TypeError, 'an output "loss"');
  assertThrows(() => returning('{"updates": []}'), TypeError, "updates that are not a Map");
  assertThrows(() => returning("null"), TypeError, "current is null");
});

Deno.test("a backend that was not waited for is told from a backend", () => {
  assertThrows(() => resolveBackend(Object(Promise.resolve())), TypeError, "a promise: await it");
  assertThrows(() => resolveBackend(Object("cpu")), TypeError, "current is cpu");
});

Deno.test("a traced function is compiled as it was traced: the function does not run again", async () => {
  using backend = openCpu({ threads: 1 });
  let calls = 0;
  const traced = trace({ x: f32([2]) }, ({ x }) => {
    calls++;
    return { outputs: { y: x.mul(3) } };
  });
  using step = await compile(traced, { backend });
  step.run({ x: Float32Array.of(1, 2) });
  assertEquals([...(await step.read()).y], [3, 6]);
  assertEquals(calls, 1);
});

Deno.test("what is neither a function nor traced is refused", async () => {
  const wrong = [{ x: f32([2]) }, undefined, 3] as unknown[];
  for (const given of wrong) {
    await assertRejects(
      () => compile(given as never),
      TypeError,
      "Cannot compile: expected the types",
    );
  }
});
