import { assert } from "@std/assert";
import { pullBack } from "../../../autograd/mod.ts";
import { full, interpret, labelOf, type Node } from "../../../graph/mod.ts";
import { type GsgdPlan, planGsgd } from "../../../optim/gsgd/step/gsgd.ts";
import { graphCases } from "./graphs.ts";
import { randomNumbers, type TrainingNetwork } from "./network.ts";
import { elementsOf, pathGradientsOf, pathValuesOf, weightsOf } from "./reparametrised.ts";

/** Rescaling is no symmetry where scales pass through batch normalisation [gsgd.md §6]. */
const withNodes = graphCases.filter(({ counts: [nodes], network, options }) =>
  nodes > 0 && nodes < 20 &&
  !planGsgd(network.graph, options).skeleton.tensors.some(({ isNormalized }) => isNormalized)
);

type Values = ReadonlyMap<Node, Float64Array>;

/** The weights that touch scale nodes, out of all values. */
function inPlan({ skeleton: { tensors } }: GsgdPlan, values: Values): Values {
  return new Map(tensors.map(({ weight }) => [weight, values.get(weight)!]));
}

/** g_c(w) for any graph: each element times c of its head, by c of its tail. */
function rescaled(plan: GsgdPlan, values: Values, factors: readonly number[]): Values {
  const result = new Map([...values].map(([node, data]) => [node, data.slice()]));
  for (const { weight, index, tail, head } of elementsOf(plan)) {
    const data = result.get(weight)!;
    data[index] = data[index]! * factors[head]! / factors[tail]!;
  }
  return result;
}

function powersOfTwo({ skeleton: { nodes } }: GsgdPlan): number[] {
  const random = randomNumbers(9);
  return [1, ...nodes.map(() => 2 ** Math.round(6 * random()))];
}

function gradientsOf({ loss, parameters }: TrainingNetwork, values: Values): Values {
  const nodes = parameters.map(({ node }) => node);
  const slopes = pullBack(loss, full(1, []), nodes);
  const computed = interpret(slopes, values);
  return new Map(nodes.map((node, i) => [node, computed.get(slopes[i]!)!]));
}

function apart(a: Values, b: Values): number {
  return Math.max(...[...b].map(([node, right]) => {
    const left = a.get(node)!;
    const largest = Math.max(...right.map(Math.abs));
    return Math.max(...right.map((x, i) => Math.abs(x - left[i]!))) / largest;
  }));
}

for (const { graph, network, options } of withNodes) {
  const plan = planGsgd(network.graph, options);
  const step = plan.apply(network.graph);
  const factors = powersOfTwo(plan);

  Deno.test(`the scale nodes are symmetries of the function: ${graph}`, () => {
    const [loss, output] = network.graph.outputs as [Node, Node];
    const before = interpret([loss, output], network.bindings);
    const after = interpret([loss, output], rescaled(plan, network.bindings, factors));
    for (const node of [loss, output]) {
      assert(before.get(node)!.every((x, i) => Object.is(x, after.get(node)![i])));
    }
  });

  Deno.test(`Σ_in w δ = Σ_out w δ at each scale node: ${graph}`, () => {
    const slopes = gradientsOf(network, network.bindings);
    const balance = new Float64Array(factors.length);
    const size = new Float64Array(factors.length);
    for (const { weight, index, tail, head } of elementsOf(plan)) {
      const product = network.bindings.get(weight)![index]! * slopes.get(weight)![index]!;
      for (const [node, sign] of [[head, 1], [tail, -1]] as const) {
        balance[node]! += sign * product;
        size[node]! += Math.abs(product);
      }
    }
    assert(balance.slice(1).every((x, i) => Math.abs(x) <= 1e-12 * size[i + 1]!));
  });

  Deno.test(`weights, path values, and weights again: ${graph}`, () => {
    const weights = inPlan(plan, network.bindings);
    assert(apart(weightsOf(plan, pathValuesOf(plan, weights)), weights) < 1e-12);
  });

  Deno.test(`a step is v′ = v − η·∂L/∂v by the chain rule through w(v): ${graph}`, () => {
    const weights = inPlan(plan, network.bindings);
    const slopes = pathGradientsOf(plan, weights, gradientsOf(network, network.bindings));
    const values = new Map(
      [...pathValuesOf(plan, weights)].map(([weight, v]) => [
        weight,
        v.map((x, i) => x - 0.01 * slopes.get(weight)![i]!),
      ]),
    );
    const computed = interpret(step, network.bindings);
    const next = new Map(
      [...weights.keys()].map((weight) => [weight, computed.get(step.updates.get(weight)!)!]),
    );
    assert(apart(next, weightsOf(plan, values)) < 1e-9);
  });

  Deno.test(`a step commutes with a rescaling by powers of two, bit for bit: ${graph}`, () => {
    const run = (start: Values): Values => {
      const computed = interpret(step, start);
      const next = new Map(start);
      for (const [key, value] of step.updates) next.set(key, computed.get(value)!);
      return next;
    };
    const a = rescaled(plan, run(run(network.bindings)), factors);
    const b = run(run(rescaled(plan, network.bindings, factors)));
    for (const [node, value] of a) {
      assert(value.every((x, i) => Object.is(x, b.get(node)![i])), labelOf(node));
    }
  });
}
