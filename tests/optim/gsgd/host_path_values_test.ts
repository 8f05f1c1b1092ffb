import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { GraphError } from "../../../graph/mod.ts";
import { pathValues, planGsgd, relativeDifference } from "../../../optim/gsgd/mod.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { imageNetwork, plainConvolutions } from "./convolution_graphs.ts";
import { mlp } from "./network.ts";
import { edgeValues, TrainingRun } from "./training_run.ts";

Deno.test("path values are the products along the enumerated basis paths, 0 at free weights", () => {
  for (const [widths, bias] of [[[4, 5, 6, 6, 4, 3], true], [[5, 3, 6, 2, 4, 3], false]] as const) {
    const network = mlp(widths, { bias, seed: 3 });
    const net = new EnumeratedNetwork(widths, bias);
    const weights = new TrainingRun(network).weights();
    const values = pathValues(planGsgd(network.graph), new Map(Object.entries(weights)));
    const found = edgeValues(net, Object.fromEntries(values));
    const expected = net.pathValues(edgeValues(net, weights));
    net.coordinates.forEach((e, p) => {
      assert(Math.abs(found[e]! - expected[p]!) <= 1e-15 * Math.abs(expected[p]!));
    });
    for (const e of net.free) assertEquals(found[e], 0);
  }
});

Deno.test("a parameter that touches no scale node is given as it is", () => {
  const network = mlp([4, 5, 3], { bias: true });
  const weights = new Map(Object.entries(new TrainingRun(network).weights()));
  const values = pathValues(planGsgd(network.graph), weights);
  assertEquals(values.get("W2.bias"), weights.get("W2.bias"));
  assert(values.get("W1.bias")!.join() !== weights.get("W1.bias")!.join());
});

Deno.test("path values of parallel edges of a convolution hold every kernel position", () => {
  const network = imageNetwork([2, 8], plainConvolutions);
  const weights = new Map(Object.entries(new TrainingRun(network).weights()));
  const plan = planGsgd(network.graph);
  const values = pathValues(plan, weights);
  const count = [...values.values()].flatMap((data) => [...data]).filter((v) => v !== 0).length;
  assertEquals(count, plan.report.basisPaths);
});

Deno.test("missing and misfit weights are named", () => {
  const plan = planGsgd(mlp([4, 5, 3]).graph);
  const missing = assertThrows(() => pathValues(plan, new Map()), GraphError);
  assertStringIncludes(missing.message, '"W1.weight" must have 20 weights: current number is none');
  const other = assertThrows(
    () => relativeDifference(new Map(), new Map([["a", [1]]])),
    GraphError,
  );
  assertStringIncludes(other.message, 'Cannot compare "a"');
});

Deno.test("the relative difference is that of the worst tensor, and NaN is not hidden", () => {
  const at = (...data: number[]) => new Map([["a", [3, 4]], ["b", data]]);
  assertEquals(relativeDifference(at(1, 2), at(1, 2)), 0);
  assertEquals(relativeDifference(at(1, 3), at(1, 2)), 0.5);
  assertEquals(relativeDifference(at(0, 0), at(0, 0)), 0);
  assert(Number.isNaN(relativeDifference(at(NaN, 0), at(1, 0))));
});
