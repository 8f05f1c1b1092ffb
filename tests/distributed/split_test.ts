import { assertEquals } from "@std/assert";
import { split } from "../../distributed/split.ts";
import * as op from "../../graph/mod.ts";
import type { Node } from "../../graph/mod.ts";

function vector(name: string): Node {
  return op.variable(name, { dtype: "f32", shape: [4] });
}

Deno.test("a step is cut at its sums, and all updates happen in the last phase", () => {
  const [x, w] = [vector("x"), vector("w")];
  const slope = op.allReduceSum(op.mul(op.perRank(x), w));
  const graph = { outputs: [], updates: new Map([[w, op.sub(w, slope)]]) };
  const { phases, kept } = split(graph, (name, type) => op.variable(name, type));
  assertEquals(phases.length, 2);
  assertEquals(kept, []);
  const [first, last] = phases;
  assertEquals([...first!.graph.updates.keys()], first!.sums);
  assertEquals([...last!.graph.updates.keys()], [w]);
  assertEquals(op.topological(op.rootsOf(last!.graph)).some((node) => node === x), false);
});

Deno.test("sums that need sums are exchanged after them, and independent ones together", () => {
  const x = vector("x");
  const mean = op.allReduceSum(op.reduceSum(x, [0]));
  const around = op.sub(x, op.broadcastTo(mean, [4]));
  const variance = op.allReduceSum(op.reduceSum(op.mul(around, around), [0]));
  const other = op.allReduceSum(op.reduceMax(x, [0]));
  const graph = { outputs: [op.add(variance, other)], updates: new Map() };
  const { phases } = split(graph, (name, type) => op.variable(name, type));
  assertEquals(phases.map(({ sums }) => sums.length), [2, 1, 0]);
});

Deno.test("products and reductions are kept for later phases, elementwise values are not", () => {
  const x = op.variable("x", { dtype: "f32", shape: [3, 3] });
  const product = op.matmul(x, x);
  const positive = op.greater(product, op.fullLike(product, 0));
  const total = op.allReduceSum(op.reduceSum(product, [0, 1]));
  const masked = op.select(positive, product, op.broadcastTo(total, [3, 3]));
  const graph = { outputs: [masked], updates: new Map() };
  const { phases, kept } = split(graph, (name, type) => op.variable(name, type));
  assertEquals(kept.map(({ type }) => type.shape), [[3, 3]]);
  const products = phases.map(({ graph }) =>
    op.topological(op.rootsOf(graph)).filter((node) => op.is(node, op.matmul)).length
  );
  assertEquals(products, [1, 0]);
});

Deno.test("without a sum there is one phase", () => {
  const x = vector("x");
  const { phases } = split(
    { outputs: [op.add(x, x)], updates: new Map() },
    (name, type) => op.variable(name, type),
  );
  assertEquals(phases.map(({ sums }) => sums), [[]]);
});
