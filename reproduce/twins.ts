/**
 * The difference between two runs that start from the same function with different weight scales
 * [Meng 2019, Theorem 4.1].
 * @module
 */
import { readConfig } from "../cli/settings/config_file.ts";
import { pathValuesOfFile } from "../cli/results/run_path_values.ts";
import { type NamedValues, relativeDifference } from "../optim/mod.ts";
import { same } from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import type { Measured } from "./measured.ts";
import type { TwinDifference } from "./point_result.ts";

/** A run with its folder. */
export interface Placed {
  readonly run: Measured;
  /** Folder of the run itself, with `config.json` and `model.safetensors`. */
  readonly folder: string;
}

/** Adds to each run its difference from its twin, if both are done. */
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
  return await pathValuesOfFile(config, `${folder}/model.safetensors`);
}
