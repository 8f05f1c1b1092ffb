import { openCpu } from "../cpu/mod.ts";
import { lower } from "../graph/mod.ts";
import { layerSummaries, summary } from "../layers/mod.ts";
import { figureFile } from "../figures/mod.ts";
import { formatPathSgdReport, type GsgdPlan, planPathSgd } from "../optim/mod.ts";
import { skeletonLayers } from "../optim/gsgd/report/skeleton_layers.ts";
import { CommandError } from "./errors.ts";
import { writeText } from "./files.ts";
import { print } from "./output.ts";
import { heading, joined, prose, tableOf } from "./styled.ts";
import type { ExplainRequest } from "./settings/train_flags.ts";
import type { StepPlan } from "../metrics/mod.ts";
import { pathSpaceOf, stepGraph } from "./training/path_space.ts";
import { skeletonFigure } from "./report/skeleton_figure.ts";
import { describePlan, reportText } from "./results/results.ts";
import type { StepRunner } from "../train/step_runner.ts";
import { stepPlanOf } from "./training/epoch_metric.ts";
import { untrained } from "./training/untrained.ts";

/**
 * Prints the layers of a model and how G-SGD and Path-SGD would treat each weight, and draws its
 * skeleton if asked to. Does not train.
 */
export async function explain({ config, draw }: ExplainRequest): Promise<void> {
  const { name, model, shape, runner } = await untrained(config);
  const { plan, report } = pathSpaceOf(runner, config);
  if (draw !== null) await drawSkeleton(draw, name, plan);
  const pathSgd = planPathSgd(stepGraph(runner)).report;
  const step = await planOnCpu(runner);
  if (config.json) {
    const layers = layerSummaries(model, shape);
    const result = { model: name, input: shape, layers, step, report, pathSgd };
    return print(JSON.stringify(result, null, 2));
  }
  print([prose(`${name} for samples of [${shape.join(", ")}]\n`)]);
  print([tableOf(summary(model, shape)), "\n"]);
  print([prose(
    "FLOPs: forward for one sample, convolutions and matrix products only. A multiply-add counts " +
      "as two.\n",
  )]);
  print([prose(
    `A training step (sgd, ${runner.parts.layout.batch} samples, on the CPU): ` +
      `${describePlan(step)}.\n`,
  )]);
  print(joined([[heading("How G-SGD treats each weight:")], reportText(report), ""], "\n"));
  print([heading("Path-SGD: "), prose(formatPathSgdReport(pathSgd))]);
  if (draw !== null) print([prose(`\nThe skeleton is drawn in ${draw}.`)]);
}

/**
 * Draws the skeleton into an SVG file.
 * @throws {CommandError} if nothing can be rescaled, so that there is none
 */
async function drawSkeleton(path: string, model: string, plan: GsgdPlan): Promise<void> {
  const figure = skeletonFigure(skeletonLayers(plan.skeleton), plan.report);
  if (figure === null) {
    throw new CommandError(
      `Cannot draw the skeleton of ${model}: it has no hidden unit that can be rescaled`,
    );
  }
  await writeText(path, await figureFile({ ...figure, title: `The skeleton of ${model}` }));
}

/** Plans a step of plain SGD on the CPU without running it. */
async function planOnCpu(runner: StepRunner): Promise<StepPlan> {
  using backend = await openCpu({ threads: 1 });
  return stepPlanOf(lower(stepGraph(runner), backend.limits, "explain").plan);
}
