import { Variable } from "../autograd/mod.ts";
import { summary } from "../layers/mod.ts";
import { formatReport } from "../optim/mod.ts";
import { Optimizer, sgd } from "../optim/mod.ts";
import type { Config } from "./config.ts";
import type { DeviceSplit } from "./device_data.ts";
import { load } from "./job.ts";
import { buildModel, defaultModel, mlpSizes } from "./model.ts";
import { pathSpaceOf } from "./path_space.ts";
import { Trainer } from "./trainer.ts";

/** Prints the layers of a model and what G-SGD would do with each weight. Trains nothing. */
export async function explain(config: Config): Promise<void> {
  const name = config.model ?? defaultModel(await load(config));
  const sizes = mlpSizes(name);
  const model = buildModel(name, config);
  const parameters = model.parameters();
  const optimizer = new Optimizer(parameters, sgd({ learningRate: config.lr ?? 0.01 }));
  const data = exampleData(sizes[0]!, config.batch);
  const layout = { batch: config.batch, full: 1, rest: 0 };
  const order = new Variable("order", { dtype: "i32", shape: [config.batch] });
  const parts = {
    model,
    optimizer,
    data,
    order,
    layout,
    passes: [],
    passState: new Map(),
    seed: 0,
    label: "explain",
  };
  // nothing reaches a device: the report only looks at the graph
  const { report } = pathSpaceOf(new Trainer(parts), config);
  if (config.json) {
    console.log(JSON.stringify({ model: name, report }, null, 2));
    return;
  }
  console.log(`${name}\n\n${summary(model, [sizes[0]!])}\n`);
  console.log(`What G-SGD does with each weight:\n${formatReport(report)}`);
}

/** Variables of the right types that are never filled. */
function exampleData(inputs: number, count: number): DeviceSplit {
  return {
    count,
    x: new Variable("train.x", { dtype: "f32", shape: [count, inputs] }),
    y: new Variable("train.y", { dtype: "i32", shape: [count] }),
    [Symbol.dispose]: () => {},
  };
}
