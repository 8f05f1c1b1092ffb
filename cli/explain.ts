import { openCpu } from "../cpu/mod.ts";
import { lower } from "../graph/mod.ts";
import { layerSummaries, summary } from "../layers/mod.ts";
import { formatPathSgdReport, formatReport, planPathSgd } from "../optim/mod.ts";
import { print } from "./output.ts";
import type { Config } from "./settings/config.ts";
import type { StepPlan } from "../metrics/mod.ts";
import { pathSpaceOf, stepGraph } from "./training/path_space.ts";
import { describePlan } from "./results/results.ts";
import type { StepRunner } from "../train/step_runner.ts";
import { stepPlanOf } from "./training/epoch_metric.ts";
import { untrained } from "./training/untrained.ts";

/** Prints the layers of a model and how G-SGD and Path-SGD would treat each weight. Does not train. */
export async function explain(config: Config): Promise<void> {
  const { name, model, shape, runner } = await untrained(config);
  const { report } = pathSpaceOf(runner, config);
  const pathSgd = planPathSgd(stepGraph(runner)).report;
  const step = await planOnCpu(runner);
  if (config.json) {
    const layers = layerSummaries(model, shape);
    const result = { model: name, input: shape, layers, step, report, pathSgd };
    return print(JSON.stringify(result, null, 2));
  }
  print(`${name} for samples of [${shape.join(", ")}]\n\n${summary(model, shape)}\n`);
  print(
    "FLOPs: forward for one sample, convolutions and matrix products only. A multiply-add counts " +
      "as two.\n",
  );
  print(
    `A training step (sgd, ${runner.parts.layout.batch} samples, on the CPU): ` +
      `${describePlan(step)}.\n`,
  );
  print(`How G-SGD treats each weight:\n${formatReport(report)}\n`);
  print(`Path-SGD: ${formatPathSgdReport(pathSgd)}`);
}

/** Plans a step of plain SGD on the CPU without running it. */
async function planOnCpu(runner: StepRunner): Promise<StepPlan> {
  using backend = await openCpu({ threads: 1 });
  return stepPlanOf(lower(stepGraph(runner), backend.limits, "explain").plan);
}
