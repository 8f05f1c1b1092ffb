import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { pullBack } from "../../autograd/mod.ts";
import * as g from "../../graph/mod.ts";
import { interpret } from "../../graph/interpret/mod.ts";
import { runPlan } from "../reference/plan_runner.ts";

const limits: g.Limits = {
  slotsPerDispatch: 32,
  bytesPerSlot: 2 ** 30,
  longRow: 4096,
  parallelRows: 64,
};

/** A whole training step of an MLP with biases: SGD, loss and accuracy on the device. */
function trainingStep(widths: readonly number[], batch: number): g.Graph {
  const x = g.input("x", { dtype: "f32", shape: [batch, widths[0]!] });
  const y = g.input("y", { dtype: "i32", shape: [batch] });
  const layers = widths.slice(1).map((out, l) => ({
    weight: g.variable(`${l}.weight`, { dtype: "f32", shape: [out, widths[l]!] }),
    bias: g.variable(`${l}.bias`, { dtype: "f32", shape: [out] }),
  }));
  const logits = layers.reduce((h, { weight, bias }, l) => {
    const product = g.matmul(h, g.transpose(weight));
    const sum = g.add(product, g.broadcastTo(bias, product.type.shape));
    return l < layers.length - 1 ? g.relu(sum) : sum;
  }, x);
  const losses = g.crossEntropy(logits, y);
  const loss = g.mean(losses, [0]);
  const parameters = layers.flatMap(({ weight, bias }) => [weight, bias]);
  const slopes = pullBack(loss, g.full(1, []), parameters);
  const updates = new Map(parameters.map((p, i) => {
    const delta = g.mul(g.gradient(slopes[i]!, p, loss), g.full(-0.1, p.type.shape));
    return [p, g.applyUpdate(p, delta)] as const;
  }));
  const scalar = (name: string, dtype: g.DType) => g.variable(name, { dtype, shape: [] });
  const [total, correct, step] = [
    scalar("total", "f32"),
    scalar("correct", "i32"),
    scalar("step", "i32"),
  ];
  const hits = g.cast(g.equal(g.argmax(logits, 1), y), "i32");
  updates.set(total, g.add(total, g.reduceSum(losses, [0])));
  updates.set(correct, g.add(correct, g.reduceSum(hits, [0])));
  updates.set(step, g.add(step, g.full(1, [], "i32")));
  return { outputs: [], updates };
}

/** Numbers for every source, the same each time. */
function fill(graph: g.Graph): Map<g.Node, Float64Array> {
  const sources = g.topological(g.rootsOf(graph)).filter((node) =>
    node.op.lowering.kind === "source"
  );
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return new Map(sources.map((node) => {
    const { dtype, shape } = node.type;
    const draw = () => dtype === "f32" ? next() - 0.5 : Math.floor(next() * 3);
    return [node, Float64Array.from({ length: g.elementCount(shape) }, draw)];
  }));
}

/** Runs the lowered plan and compares every update and output with the interpreter. */
function check(graph: g.Graph, { plan, externals }: g.Lowered): void {
  const bindings = fill(graph);
  const expected = interpret(graph, bindings);
  const memory = plan.slots.map(({ type }) => new Float64Array(g.elementCount(type.shape)));
  const inputs = new Map(
    [...bindings].flatMap(([node, data]) => {
      const name = g.attrsOf(node, g.input)?.name;
      return name ? [[name, data] as const] : [];
    }),
  );
  for (const [slot, external] of externals) {
    if (external.kind === "variable") memory[slot]!.set(bindings.get(external.node)!);
    if (external.kind === "input") memory[slot]!.set(inputs.get(external.name)!);
    if (external.kind === "constant") memory[slot]!.set(external.data);
  }
  runPlan(plan, memory);
  let compared = 0;
  for (const [slot, external] of externals) {
    const node = external.kind === "variable"
      ? graph.updates.get(external.node)
      : external.kind === "output"
      ? graph.outputs[external.index]
      : undefined;
    if (!node) continue;
    const wanted = expected.get(node)!;
    assertEquals(memory[slot]!.length, wanted.length);
    wanted.forEach((value, i) => assertAlmostEquals(memory[slot]![i]!, value, 1e-9));
    compared++;
  }
  assertEquals(compared, graph.updates.size + graph.outputs.length);
}

Deno.test("lower() turns a training step of 49-128-128-10 into 10 dispatches", () => {
  const lowered = g.lower(trainingStep([49, 128, 128, 10], 64), limits, "step");
  const kernels = lowered.plan.dispatches.flatMap((dispatch) => dispatch.kernels);
  assertEquals(kernels.filter(({ kind }) => kind === "matmul").length, 8);
  assertEquals(lowered.plan.dispatches.length, 10);
});

Deno.test("lower() keeps what a training step computes", () => {
  const graph = trainingStep([5, 7, 6, 3], 4);
  check(graph, g.lower(graph, limits, "step"));
});

Deno.test("lower() keeps within the slots that a dispatch may touch", () => {
  const graph = trainingStep([5, 7, 6, 3], 4);
  const lowered = g.lower(graph, { ...limits, slotsPerDispatch: 8 }, "step");
  for (const { kernels } of lowered.plan.dispatches) {
    const slots = new Set<unknown>(kernels.flatMap((kernel) => {
      const loads: unknown[] = [];
      g.visitScalars(g.scalarsOf(kernel), (s) => s.op === "load" && loads.push(s.source));
      const operands = kernel.kind === "matmul" ? [kernel.a.slot, kernel.b.slot] : [];
      return [...loads, ...operands, ...g.storesOf(kernel).map(({ slot }) => slot)];
    }));
    assert(slots.size <= 8, `${slots.size} slots`);
  }
  check(graph, lowered);
});

Deno.test("lower() copies a next value that needs the old one to the end", () => {
  const a = g.variable("a", { dtype: "f32", shape: [4, 4] });
  const b = g.variable("b", { dtype: "f32", shape: [4, 4] });
  const swap: g.Graph = { outputs: [], updates: new Map([[a, b], [b, a]]) };
  check(swap, g.lower(swap, limits, "swap"));
  const turned: g.Graph = {
    outputs: [g.square(a)],
    updates: new Map([[a, g.add(g.transpose(a), a)], [b, g.matmul(b, a)]]),
  };
  check(turned, g.lower(turned, limits, "turned"));
});

Deno.test("lower() gives equal and source roots buffers of their own", () => {
  const a = g.variable("a", { dtype: "f32", shape: [3] });
  const x = g.input("x", { dtype: "f32", shape: [3] });
  const sum = g.add(a, x);
  const graph: g.Graph = { outputs: [sum, sum, x, a], updates: new Map([[a, sum]]) };
  check(graph, g.lower(graph, limits, "roots"));
});

Deno.test("lower() splits a long reduction in two stages", () => {
  const x = g.input("x", { dtype: "f32", shape: [100, 1000] });
  const graph: g.Graph = { outputs: [g.reduceSum(x, [0, 1])], updates: new Map() };
  const lowered = g.lower(graph, limits, "sum");
  assertEquals(lowered.plan.dispatches.length, 2);
  check(graph, lowered);
});

Deno.test("lower() reuses the memory of temporaries that are dead", () => {
  const x = g.input("x", { dtype: "f32", shape: [8, 8] });
  let h = x;
  for (let i = 0; i < 10; i++) h = g.matmul(h, x);
  const graph: g.Graph = { outputs: [h], updates: new Map() };
  const lowered = g.lower(graph, limits, "chain");
  assertEquals(lowered.plan.memories, [256, 256]);
  check(graph, lowered);
});

Deno.test("lower() makes many kernels of a long chain, each of bounded depth", () => {
  const x = g.input("x", { dtype: "f32", shape: [3] });
  let y: g.Node = x;
  for (let i = 0; i < 2000; i++) y = i % 2 === 0 ? g.sin(y) : g.mul(y, g.fullLike(y, 1.5));
  const graph = { outputs: [y], updates: new Map() };
  const lowered = g.lower(graph, limits, "chain");
  check(graph, lowered);
  const kernels = lowered.plan.dispatches.flatMap(({ kernels }) => kernels);
  const depths = kernels.map((kernel) => {
    if (kernel.kind !== "loop") return 0;
    return g.depthOf([...kernel.outerStores, ...kernel.reductions].map(({ value }) => value));
  });
  assert(Math.max(...depths) <= 256 + 2); // and the index of a load
  assert(kernels.length > 1 && kernels.length < 20);
});

Deno.test("lower() reads an operand through a chain of views of any length", () => {
  const x = g.input("x", { dtype: "f32", shape: [2, 3] });
  let y: g.Node = x;
  for (let i = 0; i < 3000; i++) y = g.reshape(g.transpose(y), [2, 3]);
  const graph = { outputs: [g.matmul(y, g.transpose(x))], updates: new Map() };
  check(graph, g.lower(graph, limits, "views"));
});

Deno.test("lower() accepts empty tensors", () => {
  const x = g.input("x", { dtype: "f32", shape: [0, 3] });
  const graph: g.Graph = {
    outputs: [g.reduceSum(x, [0]), g.matmul(g.transpose(x), x), g.relu(x)],
    updates: new Map(),
  };
  check(graph, g.lower(graph, limits, "empty"));
});

Deno.test("a product reads a reshaped value, and its transpose, where the value is", () => {
  const input = (name: string, shape: readonly number[]) => g.input(name, { dtype: "f32", shape });
  const [x, weight, slope] = [input("x", [4, 3, 5]), input("w", [5, 2]), input("g", [12, 2])];
  const rows = g.reshape(x, [12, 5]);
  for (const product of [g.matmul(rows, weight), g.matmul(g.transpose(rows), slope)]) {
    const { plan } = g.lower({ outputs: [product], updates: new Map() }, limits, "rows");
    assertEquals(plan.dispatches.length, 1);
  }
});
