import { assert } from "@std/assert";
import { vjp } from "../../../autograd/mod.ts";
import { full, interpret, labelOf } from "../../../graph/mod.ts";
import { parameterGroups, planGsgd, sgd } from "../../../optim/mod.ts";
import { mlp } from "../gsgd/network.ts";
import { pathGradientsOf, pathValuesOf, weightsOf } from "../gsgd/reparametrised.ts";

const rates: Readonly<Record<string, number>> = { "W1.weight": 0.01, "W2.weight": 0.1 };
const REST = 0.03;

Deno.test("with groups, v′ = v − η·∂L/∂v with the rate of the weight that owns the path", () => {
  const transform = parameterGroups([
    ...Object.entries(rates).map(([name, learningRate]) => ({
      parameters: (parameter: { readonly name: string }) => parameter.name === name,
      transform: sgd({ learningRate }),
    })),
    { parameters: "rest" as const, transform: sgd({ learningRate: REST }) },
  ]);
  for (const widths of [[4, 5, 6, 3], [3, 4, 6, 5, 3], [5, 3, 6, 2, 4, 3]]) {
    using network = mlp(widths, { bias: true, transform });
    const plan = planGsgd(network.graph);
    const touched = plan.skeleton.tensors.map(({ weight }) => weight);
    assert(new Set(plan.skeleton.tensors.map(({ segment }) => segment)).size === 1);
    const weights = new Map(touched.map((weight) => [weight, network.bindings.get(weight)!]));
    const slopes = vjp(network.loss, full(1, []), touched);
    const computed = interpret(slopes, network.bindings);
    const gradients = new Map(touched.map((weight, i) => [weight, computed.get(slopes[i]!)!]));
    const pathGradients = pathGradientsOf(plan, weights, gradients);
    const expected = weightsOf(
      plan,
      new Map([...pathValuesOf(plan, weights)].map(([weight, v]) => {
        const rate = rates[labelOf(weight)] ?? REST;
        return [weight, v.map((x, i) => x - rate * pathGradients.get(weight)![i]!)];
      })),
    );
    const step = plan.apply(network.graph);
    const next = interpret([...step.updates.values()], network.bindings);
    for (const [weight, values] of expected) {
      const actual = next.get(step.updates.get(weight)!)!;
      const largest = Math.max(...values.map(Math.abs));
      const apart = Math.max(...values.map((x, i) => Math.abs(x - actual[i]!)));
      assert(apart <= 1e-10 * largest, `${labelOf(weight)} is off by ${apart}`);
    }
  }
});
