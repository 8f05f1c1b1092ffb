import { assert } from "@std/assert";
import { pullBack, Tensor } from "../../../autograd/mod.ts";
import { full, interpret, labelOf } from "../../../graph/mod.ts";
import { Optimizer, parameterGroups, planGsgd, sgd } from "../../../optim/mod.ts";
import { graphCases } from "../gsgd/graphs.ts";
import { pathGradientsOf, pathValuesOf, weightsOf } from "../gsgd/reparametrised.ts";
import { graphOf } from "./host_steps.ts";

/** Of the first parameter, the second, and so on, again and again. */
const rates = [0.01, 0.002, 0.005];

for (const { graph, network, options } of graphCases) {
  const { parameters, bindings, loss } = network;
  const transform = parameterGroups(
    rates.slice(0, parameters.length).map((learningRate, group) => ({
      parameters: (parameter) => parameters.indexOf(parameter) % rates.length === group,
      transform: sgd({ learningRate }),
    })),
  );
  const optimizer = new Optimizer(parameters, transform);
  const step = graphOf(optimizer.minimize(new Tensor(loss)));
  const plan = planGsgd(step, options);
  const { nodes, tensors } = plan.skeleton;
  // where scales pass through batch normalization there is no symmetry [gsgd.md §6]
  if (nodes.length === 0 || nodes.length >= 20) continue;
  if (tensors.some(({ isNormalized }) => isNormalized)) continue;

  Deno.test(`with groups, a path value has the rate of its weight: ${graph}`, () => {
    const touched = tensors.map(({ weight }) => weight);
    const weights = new Map(touched.map((weight) => [weight, bindings.get(weight)!]));
    const slopes = pullBack(loss, full(1, []), touched);
    const computed = interpret(slopes, bindings);
    const gradients = new Map(touched.map((weight, i) => [weight, computed.get(slopes[i]!)!]));
    const pathGradients = pathGradientsOf(plan, weights, gradients);
    const rateOf = new Map(parameters.map(({ node }, i) => [node, rates[i % rates.length]!]));
    const expected = weightsOf(
      plan,
      new Map([...pathValuesOf(plan, weights)].map(([weight, v]) => {
        const [rate, slope] = [rateOf.get(weight)!, pathGradients.get(weight)!];
        return [weight, v.map((x, i) => x - rate * slope[i]!)];
      })),
    );
    const { updates } = plan.apply(step);
    const values = new Map([...bindings, [optimizer.step.node, new Float64Array(1)]]);
    const next = interpret([...updates.values()], values);
    for (const [weight, values] of expected) {
      const actual = next.get(updates.get(weight)!)!;
      const largest = Math.max(...values.map(Math.abs));
      const apart = Math.max(...values.map((x, i) => Math.abs(x - actual[i]!)));
      assert(apart <= 1e-9 * largest, `${labelOf(weight)} is off by ${apart}`);
    }
  });
}
