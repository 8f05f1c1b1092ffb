import { Tensor, Variable } from "../../../autograd/mod.ts";
import { elementCount, squaredError } from "../../../graph/mod.ts";
import { ignoreStatistics, initialize, PlainNet } from "../../../layers/mod.ts";
import { Optimizer } from "../../../optim/mod.ts";
import { randomNumbers, type TrainingNetwork } from "../gsgd/network.ts";
import { plainRule } from "./optimizer_rules.ts";

/** A PlainNet whose widths rise and come back part of the way, on small images. */
export function plainNet(): TrainingNetwork {
  const model = initialize(new PlainNet(8, { widths: [2, 8, 4], channels: 2, classes: 3 }), {
    seed: 1,
  });
  const random = randomNumbers(3);
  const data = (name: string, shape: readonly number[]) => {
    const values = Float32Array.from({ length: elementCount(shape) }, random);
    return new Variable(name, { dtype: "f32", shape }, () => values);
  };
  const [x, target] = [data("x", [3, 2, 8, 8]), data("target", [3, 3])];
  const output = model.forward(x, { training: true, record: ignoreStatistics });
  const loss = new Tensor(squaredError(output.node, target.node)).mean();
  const parameters = model.parameters();
  const optimizer = new Optimizer(parameters, plainRule.transform);
  const updates = optimizer.minimize(loss);
  const variables = [x, target, ...parameters, ...optimizer.state().values()];
  return {
    graph: {
      outputs: [loss.node, output.node],
      updates: new Map([...updates].map(([key, value]) => [key.node, value.node])),
    },
    updates,
    optimizer,
    loss: loss.node,
    parameters,
    bindings: new Map(variables.map((item) => [item.node, Float64Array.from(item.hostValue()!)])),
    [Symbol.dispose]: () => variables.forEach((item) => item[Symbol.dispose]()),
  };
}
