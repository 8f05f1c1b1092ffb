import { Variable } from "../autograd/mod.ts";
import type { Shape } from "../graph/mod.ts";
import { layerSummaries, summary } from "../layers/mod.ts";
import { formatReport, Optimizer, sgd } from "../optim/mod.ts";
import type { Config } from "./config.ts";
import { knownFacts } from "./dataset_facts.ts";
import { DeviceSplit } from "./device_data.ts";
import { silent } from "./display.ts";
import { load } from "./load.ts";
import { buildModel, inputShape, parseModel, type SampleFacts } from "./model.ts";
import { pathSpaceOf } from "./path_space.ts";
import { settleModel } from "./settle.ts";
import { LARGE_STEP, Trainer } from "./trainer.ts";

/** Prints the layers of a model and what G-SGD would do with each weight. Trains nothing. */
export async function explain(config: Config): Promise<void> {
  const facts = await factsOf(config);
  const { model: name, batch } = settleModel(config, facts);
  const spec = parseModel(name);
  const model = buildModel(spec, facts, config);
  const shape = inputShape(spec, facts);
  const parts = {
    model,
    optimizer: new Optimizer(model.parameters(), sgd({ learningRate: 0.01 })),
    data: exampleData(shape, batch),
    order: new Variable("order", { dtype: "i32", shape: [batch] }),
    layout: { batch, full: 1, rest: 0 },
    passes: [],
    passState: new Map(),
    seed: 0,
    augment: false,
    label: "explain",
    largeStep: LARGE_STEP,
  };
  // nothing reaches a device: the report only looks at the graph
  const { report } = pathSpaceOf(new Trainer(parts), config);
  if (config.json) {
    const layers = layerSummaries(model, shape);
    console.log(JSON.stringify({ model: name, input: shape, layers, report }, null, 2));
    return;
  }
  console.log(`${name} for samples of [${shape.join(", ")}]\n\n${summary(model, shape)}\n`);
  console.log(
    "FLOPs: one sample forward; convolutions and matrix products only, a multiplication and an " +
      "addition counted as two\n",
  );
  console.log(`What G-SGD does with each weight:\n${formatReport(report)}`);
}

/** Shape and classes of the samples: what the model's name says, or else the dataset's. */
async function factsOf(config: Config): Promise<SampleFacts> {
  const spec = config.model === null ? undefined : parseModel(config.model);
  if (spec?.kind === "mlp" && config.dataset === null) {
    return { name: "its samples", sampleShape: [spec.sizes[0]!], classes: spec.sizes.at(-1)! };
  }
  return knownFacts(config) ?? await load(config, silent);
}

/** Variables of the right types that are never filled. */
function exampleData(shape: Shape, count: number): DeviceSplit {
  return new DeviceSplit({
    count,
    shape,
    pieces: [{ start: 0, x: new Variable("train.x", { dtype: "f32", shape: [count, ...shape] }) }],
    y: new Variable("train.y", { dtype: "i32", shape: [count] }),
  });
}
