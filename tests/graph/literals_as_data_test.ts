import { assertEquals, assertNotEquals } from "@std/assert";
import { compile, evaluate, Tensor } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import {
  add,
  constant,
  full,
  type Graph,
  input,
  literalsAsData,
  lower,
  mul,
  type Node,
  pow,
  reduceSum,
  verify,
} from "../../graph/mod.ts";

/** Σ (x·a + b)^c with literals of several shapes, and a literal as an output. */
function graphOf(x: Node, [a, b, c]: readonly [number, number, number]): Graph {
  const { shape } = x.type;
  const sum = reduceSum(add(mul(x, full(a, shape)), full(b, shape)), [0]);
  return { outputs: [pow(sum, full(c, [])), full(b, [2, 1])], updates: new Map() };
}

const first = [0.25, -7, 3] as const;
const second = [1e30, 8, 0.1] as const;

Deno.test("graphs that differ in numbers only become one program", () => {
  using backend = openCpu({ threads: 1 });
  const x = input("x", { dtype: "f32", shape: [3] });
  const planOf = (graph: Graph) => JSON.stringify(lower(graph, backend.limits, "test").plan);
  const [a, b] = [graphOf(x, first), graphOf(x, second)];
  assertEquals(planOf(literalsAsData(a)), planOf(literalsAsData(b)));
  assertNotEquals(planOf(a), planOf(b));
  // numbers that many programs share stay in the code
  const shared = graphOf(x, [1, 0, 2]);
  assertEquals(literalsAsData(shared), shared);
});

Deno.test("an evaluated expression has the bits of the compiled one", async () => {
  using backend = openCpu({ threads: 1 });
  for (const numbers of [first, second, [0.1, -0, NaN], [-0.3, 0.7, 0.7]] as const) {
    const graph = graphOf(constant(Float32Array.of(1, 2.5, -3), [3]), numbers);
    verify(literalsAsData(graph));
    const values = await evaluate(graph.outputs.map((node) => ({ node })), { backend });
    const [y, z] = graph.outputs.map((node) => new Tensor(node)) as [Tensor, Tensor];
    using step = await compile({}, () => ({ outputs: { y, z } }), { backend });
    step.run();
    const compiled = await step.read();
    assertEquals(values, [compiled.y, compiled.z]);
  }
});
