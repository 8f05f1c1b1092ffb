import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { GraphError, interpret, type Node } from "../../../graph/mod.ts";
import {
  pathValues,
  planGsgd,
  relativeDifference,
  rescaleNodes,
  type SkeletonOptions,
} from "../../../optim/gsgd/mod.ts";
import { imageNetwork, normalizedConvolutions } from "./convolution_graphs.ts";
import { mlp, network, type TrainingNetwork } from "./network.ts";

const networks: readonly (readonly [string, () => TrainingNetwork, SkeletonOptions])[] = [
  ["MLP with biases", () => mlp([4, 5, 6, 6, 4, 3], { bias: true }), {}],
  ["residual network, tied", () =>
    network(3, (x, net) => {
      const stem = net.linear(x, 4, "stem", { bias: true }).relu();
      const branch = net.linear(net.linear(stem, 5, "c1").relu(), 4, "c2");
      return net.linear(stem.add(branch).relu(), 3, "fc");
    }), { residual: "tied" }],
  [
    "convolutions with batch normalisation, affine",
    () => imageNetwork([2, 4], normalizedConvolutions),
    { bn: "affine" },
  ],
];

function lossOf({ loss, bindings, parameters }: TrainingNetwork): number {
  const values = new Map<Node, ArrayLike<number>>(bindings);
  for (const parameter of parameters) values.set(parameter.node, parameter.hostValue()!);
  return interpret([loss], values).get(loss)![0]!;
}

function weightsOf({ parameters }: TrainingNetwork): Map<string, Float32Array> {
  return new Map(parameters.map((parameter) => [
    parameter.name,
    Float32Array.from(parameter.hostValue()!),
  ]));
}

for (const [name, make, options] of networks) {
  Deno.test(`rescaling by powers of two changes no bit of function and path values: ${name}`, () => {
    const net = make();
    const plan = planGsgd(net.graph, options);
    const [loss, before] = [lossOf(net), weightsOf(net)];
    rescaleNodes(plan, net.parameters, { range: 64, powersOfTwo: true, seed: 1 });
    const after = weightsOf(net);
    assertEquals(lossOf(net), loss);
    assertEquals(pathValues(plan, after), pathValues(plan, before));
    assert(relativeDifference(after, before) > 1);
    for (const [parameter, data] of after) {
      data.forEach((w, i) => {
        const exponent = Math.log2(w / before.get(parameter)![i]!);
        assert(Number.isInteger(exponent) && Math.abs(exponent) <= 12, `${exponent}`);
      });
    }
  });

  Deno.test(`rescaling by any factors leaves function and path values up to rounding: ${name}`, () => {
    const net = make();
    const plan = planGsgd(net.graph, options);
    const [loss, before] = [lossOf(net), weightsOf(net)];
    rescaleNodes(plan, net.parameters, { range: 10, seed: 1 });
    assert(Math.abs(lossOf(net) / loss - 1) < 1e-6);
    assert(relativeDifference(pathValues(plan, weightsOf(net)), pathValues(plan, before)) < 1e-6);
    assert(relativeDifference(weightsOf(net), before) > 1);
  });
}

Deno.test("factors are a function of the seed, and fill the range on both sides of 1", () => {
  const factors = (seed: number) => {
    const net = mlp([1, 400, 1]);
    const before = weightsOf(net).get("W1.weight")!;
    rescaleNodes(planGsgd(net.graph), net.parameters, { range: 10, seed });
    return Array.from(weightsOf(net).get("W1.weight")!, (w, i) => w / before[i]!);
  };
  const [a, b, c] = [factors(1), factors(1), factors(2)];
  assertEquals(a, b);
  assert(a.join() !== c.join());
  const logs = a.map(Math.log10);
  assert(Math.min(...logs) > -1.0001 && Math.min(...logs) < -0.95);
  assert(Math.max(...logs) < 1.0001 && Math.max(...logs) > 0.95);
  assert(Math.abs(logs.reduce((sum, x) => sum + x, 0) / logs.length) < 0.1);
});

Deno.test("a range of 1 or less and parameters elsewhere are refused", () => {
  const net = mlp([4, 5, 3]);
  const plan = planGsgd(net.graph);
  for (const range of [1, 0, -3, NaN, Infinity]) {
    const error = assertThrows(
      () => rescaleNodes(plan, net.parameters, { range, seed: 1 }),
      RangeError,
    );
    assertStringIncludes(error.message, `current is ${range}`);
  }
  const error = assertThrows(() => rescaleNodes(plan, [], { range: 2, seed: 1 }), GraphError);
  assertStringIncludes(error.message, 'Cannot rescale "W1.weight"');
});
