import { layerSummaries, summary } from "../layers/mod.ts";
import { formatPathSgdReport, formatReport, planPathSgd } from "../optim/mod.ts";
import type { Config } from "./config.ts";
import { pathSpaceOf, stepGraph } from "./path_space.ts";
import { untrained } from "./untrained.ts";

/** Prints the layers of a model and what G-SGD and Path-SGD would do with each weight. Trains nothing. */
export async function explain(config: Config): Promise<void> {
  const { name, model, shape, trainer } = await untrained(config);
  const { report } = pathSpaceOf(trainer, config);
  const pathSgd = planPathSgd(stepGraph(trainer)).report;
  if (config.json) {
    const layers = layerSummaries(model, shape);
    console.log(JSON.stringify({ model: name, input: shape, layers, report, pathSgd }, null, 2));
    return;
  }
  console.log(`${name} for samples of [${shape.join(", ")}]\n\n${summary(model, shape)}\n`);
  console.log(
    "FLOPs: one sample forward; convolutions and matrix products only, a multiplication and an " +
      "addition counted as two\n",
  );
  console.log(`What G-SGD does with each weight:\n${formatReport(report)}\n`);
  console.log(`Path-SGD: ${formatPathSgdReport(pathSgd)}`);
}
