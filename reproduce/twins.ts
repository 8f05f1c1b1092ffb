/**
 * How far apart two runs went that began at one function with other weight scales
 * [Meng 2019, Theorem 4.1].
 * @module
 */
import { f32, i32, trace } from "../autograd/mod.ts";
import { decodeSafetensors, readFileChecked, toFloat32 } from "../checkpoint/mod.ts";
import { knownFacts } from "../cli/dataset_facts.ts";
import { buildModel, inputShape, parseModel } from "../cli/model.ts";
import { readConfig } from "../cli/resolve_config.ts";

import { crossEntropy } from "../layers/mod.ts";
import {
  type NamedValues,
  Optimizer,
  pathValues,
  planGsgd,
  relativeDifference,
  sgd,
} from "../optim/mod.ts";
import { same } from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import type { Measured } from "./measured.ts";
import type { TwinDifference } from "./point_result.ts";

/** A run with the folder that it left. */
export interface Placed {
  readonly run: Measured;
  /** Folder of the run itself, with `config.json` and `model.safetensors`. */
  readonly folder: string;
}

/** Adds to each run how it differs from its twin, where both are done. */
export async function compareTwins(
  { twins }: Experiment,
  placed: readonly Placed[],
): Promise<readonly Measured[]> {
  if (!twins) return placed.map(({ run }) => run);
  const { axis, reference } = twins;
  const compared: Measured[] = [];
  for (const one of placed) {
    const { point, result } = one.run;
    const wanted = { ...point.axes, [axis]: reference };
    const twin = point.axes[axis] === reference
      ? undefined
      : placed.find(({ run }) =>
        run.point.arm === point.arm && run.point.seed === point.seed &&
        same(run.point.axes, wanted)
      );
    const isReady = result?.status === "done" && twin?.run.result?.status === "done";
    compared.push(
      isReady && twin
        ? { ...one.run, result: { ...result, twin: await difference(one, twin) } }
        : one.run,
    );
  }
  return compared;
}

async function difference(one: Placed, reference: Placed): Promise<TwinDifference> {
  const [a, b] = [await pathValuesOf(one.folder), await pathValuesOf(reference.folder)];
  const [x, y] = [one, reference].map(({ run }) => run.result?.end?.trainLoss ?? NaN);
  return {
    pathDifference: finite(relativeDifference(a, b)),
    lossDifference: finite(Math.abs(x! - y!) / Math.abs(y!)),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The values of all basis paths of a finished run. */
async function pathValuesOf(folder: string): Promise<NamedValues> {
  const config = await readConfig(`${folder}/config.json`);
  const facts = knownFacts(config);
  if (!facts || config.model === null) {
    throw new RangeError(
      `Cannot compute path values of ${folder}: the shape of its samples must be known: current ` +
        `dataset is ${config.dataset}`,
    );
  }
  const spec = parseModel(config.model);
  const model = buildModel(spec, facts, config);
  const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 1 }));
  const inputs = { x: f32([1, ...inputShape(spec, facts)]), y: i32([1]) };
  const { graph } = trace(inputs, ({ x, y }) => ({
    updates: optimizer.minimize(crossEntropy(model.forward(x), y)),
  }));
  const { bn, residual, segmentation } = config;
  const plan = planGsgd(graph, { bn, residual, segmentation });
  const { tensors } = decodeSafetensors(await readFileChecked(`${folder}/model.safetensors`));
  return pathValues(plan, new Map([...tensors].map(([name, data]) => [name, toFloat32(data)])));
}
