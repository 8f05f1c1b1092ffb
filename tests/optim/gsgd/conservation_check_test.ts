import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { GraphError, interpret } from "../../../graph/mod.ts";
import {
  conservationCheck,
  conservationTolerance,
  formatReason,
  planGsgd,
} from "../../../optim/gsgd/mod.ts";
import { imageNetwork, normalizedConvolutions } from "./convolution_graphs.ts";
import { mlp, network, type TrainingNetwork } from "./network.ts";

/** The first segment's hidden units are also read where no gradient flows. */
function stoppedGradient(): TrainingNetwork {
  return network(4, (x, net) => {
    const hidden = net.linear(x, 5, "W1").relu();
    const stopped = net.linear(hidden.stopGradient(), 3, "W3");
    const middle = net.linear(hidden, 3, "W2").add(stopped).sigmoid();
    return net.linear(net.linear(middle, 4, "W4").relu(), 2, "W5");
  });
}

/** Segments whose imbalance on the network's data is too large. */
function failedIn({ graph, bindings }: TrainingNetwork): number[] {
  const checks = conservationCheck(planGsgd(graph), graph);
  const values = interpret(checks.map(({ imbalance }) => imbalance), bindings);
  return checks.filter(({ imbalance }) => !(values.get(imbalance)![0]! <= conservationTolerance))
    .map(({ segment }) => segment);
}

Deno.test("a segment whose gradients are not those of a symmetric function is found", () => {
  assertEquals(failedIn(stoppedGradient()), [0]);
  assertEquals(failedIn(mlp([4, 5, 6, 3], { bias: true })), []);
});

Deno.test("segments that failed keep their plain updates, and the report says why", () => {
  const net = stoppedGradient();
  const plan = planGsgd(net.graph, { failedSegments: failedIn(net) });
  const found = plan.report.parameters.map(({ name, class: is, reason }) => [
    name,
    reason ? formatReason(reason) : is,
  ]);
  assertEquals(found, [
    ["W1.weight", "conservation-failed"],
    ["W3.weight", "conservation-failed"],
    ["W2.weight", "conservation-failed"],
    ["W4.weight", "first"],
    ["W5.weight", "last"],
  ]);
  assertEquals([plan.report.nodes, plan.report.segments.length], [4, 1]);
  const w1 = net.parameters.find(({ name }) => name === "W1.weight")!.node;
  assertEquals(plan.apply(net.graph).updates.get(w1), net.graph.updates.get(w1));
});

Deno.test("units that are never active are balanced", () => {
  const { graph, bindings, parameters } = mlp([3, 4, 2]);
  const values = new Map(bindings);
  values.set(parameters[0]!.node, new Float64Array(12));
  const [check] = conservationCheck(planGsgd(graph), graph);
  assertEquals(interpret([check!.imbalance], values).get(check!.imbalance), Float64Array.of(0));
});

Deno.test("weights that are not numbers fail the check", () => {
  const { graph, bindings, parameters } = mlp([3, 4, 2]);
  const values = new Map(bindings);
  values.set(parameters[0]!.node, new Float64Array(12).fill(NaN));
  const [check] = conservationCheck(planGsgd(graph), graph);
  const [imbalance] = interpret([check!.imbalance], values).get(check!.imbalance)!;
  assert(!(imbalance! <= conservationTolerance));
});

Deno.test("nothing is checked where scales pass through batch normalisation", () => {
  const { graph } = imageNetwork([2, 5], normalizedConvolutions);
  assertEquals(conservationCheck(planGsgd(graph), graph), []);
  assertEquals(conservationCheck(planGsgd(graph, { bn: "affine" }), graph).length, 2);
});

Deno.test("a graph that the plan was not made for is refused", () => {
  const plan = planGsgd(mlp([3, 4, 2]).graph);
  const error = assertThrows(() => conservationCheck(plan, mlp([3, 4, 2]).graph), GraphError);
  assertStringIncludes(error.message, '"W1.weight"');
});
