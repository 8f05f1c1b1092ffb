import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import * as op from "../../graph/mod.ts";
import type { Graph, Node } from "../../graph/mod.ts";

function vector(name: string, size = 3): Node {
  return op.variable(name, { dtype: "f32", shape: [size] });
}

/** w ← w − 0.5·x, and the output relu(w). */
function example(): Graph & { w: Node; x: Node } {
  const w = vector("w");
  const x = op.input("x", { dtype: "f32", shape: [3] });
  const next = op.LABEL.set(op.applyUpdate(w, op.mul(x, op.fullLike(x, -0.5))), "next");
  return { outputs: [op.relu(w)], updates: new Map([[w, next]]), w, x };
}

Deno.test("print() writes one node a line, inputs first", () => {
  const text = `%0: f32[3] = variable name="w"
%1: f32[3] = relu %0
%2: f32[3] = input name="x"
%3: f32[3] = full value=-0.5
%4: f32[3] = mul %2 %3
%5: f32[3] = applyUpdate %0 %4 "next"
outputs %1
update %0 ← %5
`;
  assertEquals(op.print(example()), text);
  assertEquals(op.print(example()), text); // equal graphs, equal text
});

Deno.test("topological() lists each node once, after its inputs, however deep", () => {
  let node = vector("x");
  const first = node;
  for (let i = 0; i < 50000; i++) node = op.add(node, node);
  const order = op.topological([node]);
  assertEquals(order.length, 50001);
  assertStrictEquals(order[0], first);
  assertStrictEquals(order.at(-1), node);
});

Deno.test("rewrite() replaces nodes inputs first and shares what does not change", () => {
  const graph = example();
  const result = op.rewrite(
    graph,
    (node) => op.is(node, op.full) ? op.fullLike(node, 2) : undefined,
  );
  assertStrictEquals(result.outputs[0], graph.outputs[0]);
  assertEquals(
    op.print(result),
    op.print(graph).replace("value=-0.5", "value=2"),
  );
  assertEquals(op.labelOf(result.updates.get(graph.w)!), "next"); // rebuilt nodes keep their tags
});

Deno.test("rewrite() that replaces nothing returns the same nodes", () => {
  const graph = example();
  const result = op.rewrite(graph, () => undefined);
  assertStrictEquals(result.outputs[0], graph.outputs[0]);
  assertStrictEquals(result.updates.get(graph.w), graph.updates.get(graph.w));
});

Deno.test("verify() accepts a graph that is in order", () => op.verify(example()));

Deno.test("verify() names a node whose type is not what its op infers", () => {
  const { x } = example();
  const wrong = { ...op.LABEL.set(op.relu(x), "bad"), type: { dtype: "f32", shape: [4] } } as const;
  const error = assertThrows(
    () => op.verify({ outputs: [wrong], updates: new Map() }),
    op.GraphError,
  );
  assert(error.message.includes('"bad"') && error.message.includes("f32[4]"));
});

Deno.test("verify() refuses updates of what is no variable, or by another type", () => {
  const { x, w } = example();
  const ofInput = { outputs: [], updates: new Map([[x, op.relu(x)]]) };
  assertThrows(() => op.verify(ofInput), op.GraphError, "only variables");
  const byOther = { outputs: [], updates: new Map([[w, vector("v", 4)]]) };
  assertThrows(() => op.verify(byOther), op.GraphError, "f32[4]");
});

Deno.test("interpret() takes bindings for sources and refuses to guess", () => {
  const { outputs, w } = example();
  const values = op.interpret(outputs, new Map([[w, [1, -2, 3]]]));
  assertEquals([...values.get(outputs[0]!)!], [1, 0, 3]);
  assertThrows(() => op.interpret(outputs), op.GraphError, '"w"');
  assertThrows(() => op.interpret(outputs, new Map([[w, [1]]])), op.GraphError, "f32[3]");
});

Deno.test("inspect() shows every value with its label, inputs first", () => {
  const { outputs, updates, w, x } = example();
  const seen: string[] = [];
  const bindings = new Map([[w, [1, -2, 3]], [x, [2, 2, 4]]]);
  op.inspect({ outputs, updates }, bindings, (_, label, value) => seen.push(`${label} ${value}`));
  assertEquals(seen, [
    "w 1,-2,3",
    "relu 1,0,3",
    "x 2,2,4",
    "full -0.5,-0.5,-0.5",
    "mul -1,-1,-2",
    "next 0,-3,1",
  ]);
});
