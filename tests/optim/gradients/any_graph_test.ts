import { assert, assertEquals } from "@std/assert";
import { Tensor } from "../../../autograd/mod.ts";
import { labelOf } from "../../../graph/mod.ts";
import { GradientAccumulator, Optimizer, planGsgd, sgd } from "../../../optim/mod.ts";
import { graphCases } from "../gsgd/graphs.ts";
import type { TrainingNetwork } from "../gsgd/network.ts";
import { graphOf, runStep, type Values } from "./host_steps.ts";

const STEPS = 3;

/** The network's values, and 0 for all state. */
function start({ bindings }: TrainingNetwork, ...owners: readonly Pick<Optimizer, "state">[]) {
  const values: Values = new Map([...bindings].map(([node, data]) => [node, data.slice()]));
  for (const { node, size } of owners.flatMap((owner) => [...owner.state().values()])) {
    values.set(node, new Float64Array(size));
  }
  return values;
}

const withNodes = graphCases.filter(({ counts: [nodes] }) => nodes > 0);

for (const { graph, network, options } of withNodes) {
  Deno.test(`three equal micro-batches step in G-space as one of them: ${graph}`, () => {
    const transform = sgd({ learningRate: 0.01, momentum: 0.9, weightDecay: 0.1 });
    const optimizer = new Optimizer(network.parameters, transform);
    const accumulator = new GradientAccumulator(optimizer);
    const loss = new Tensor(network.loss);
    const whole = graphOf(optimizer.minimize(loss));
    const part = graphOf(accumulator.accumulate(loss));
    const applied = graphOf(accumulator.apply());
    const [plan, fromApplied] = [planGsgd(whole, options), planGsgd(applied, options)];
    assertEquals(fromApplied.report, plan.report);

    const expected = start(network, optimizer);
    const values = start(network, optimizer, accumulator);
    const [step, other] = [plan.apply(whole), fromApplied.apply(applied)];
    for (let i = 0; i < STEPS; i++) {
      runStep(step, expected);
      for (let k = 0; k < 3; k++) runStep(part, values);
      runStep(other, values);
    }
    for (const { node } of network.parameters) {
      const [want, got] = [expected.get(node)!, values.get(node)!];
      const largest = Math.max(...want.map(Math.abs));
      const apart = Math.max(...want.map((x, i) => Math.abs(x - got[i]!)));
      assert(apart <= 1e-9 * largest, `${labelOf(node)} is off by ${apart}`);
    }
  });
}
