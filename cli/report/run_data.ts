import { z } from "zod";
import type { GsgdReport, PathSgdReport } from "../../optim/mod.ts";
import type { SkeletonLayer } from "../../optim/gsgd/report/skeleton_layers.ts";
import { readRunSummary, type RunSummary } from "../results/run_summary.ts";
import { type Confusion, confusionSchema } from "../results/confusion.ts";
import { readWeights, type Weights } from "./weights_figure.ts";
import { readJson, readText } from "../files.ts";
import {
  type EndMetric,
  type EpochMetric,
  type LayersMetric,
  readMetrics,
  type StepMetric,
} from "../../metrics/mod.ts";
import { readSamples, type Samples, samplesFileSchema } from "../../metrics/samples.ts";

/** Everything in the folder of a run that its report shows. */
export interface RunData extends RunSummary {
  /** Path of the folder. */
  readonly path: string;
  /** The settings by name, as resolved. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepMetric[];
  readonly epochs: readonly EpochMetric[];
  readonly ends: readonly EndMetric[];
  /** Norms and histograms of the weights and gradients of each layer. */
  readonly layers: readonly LayersMetric[];
  /** How G-SGD treats each weight, by optimizer. */
  readonly gsgd: ReadonlyMap<string, GsgdReport>;
  /** The skeleton of G-SGD, by optimizer. Runs of earlier versions have none. */
  readonly skeletons: ReadonlyMap<string, readonly SkeletonLayer[]>;
  /** How Path-SGD treats each parameter, by optimizer. */
  readonly pathSgd: ReadonlyMap<string, PathSgdReport>;
  /** Confusion matrices after training, by optimizer. */
  readonly confusions: ReadonlyMap<string, Confusion>;
  /** Weights after training, by optimizer. Large models are omitted. */
  readonly weights: ReadonlyMap<string, Weights>;
  /** Images of the data and the mistakes on them, if the data are images. */
  readonly samples: Samples | undefined;
}

const number = z.number();

const configSchema = z.looseObject({
  optimizer: z.array(z.string()).min(1),
  model: z.string(),
  dataset: z.string(),
});

const parameterSchema = z.object({
  name: z.string(),
  shape: z.array(number),
  edges: number,
  class: z.string(),
  free: number,
  trained: number,
  segment: number.exactOptional(),
  reason: z.object({ code: z.string() }).optional(),
});

const gsgdFields = z.object({
  parameters: z.array(parameterSchema),
  edges: number,
  nodes: number,
  trained: number,
  basisPaths: number,
  invariantRatio: number,
});

const gsgdSchema = z.custom<GsgdReport>((value) => gsgdFields.safeParse(value).success);

const sideSchema = z.object({ count: number, scalable: z.array(z.boolean()) });

const layersSchema: z.ZodType<readonly SkeletonLayer[]> = z.array(z.object({
  name: z.string(),
  shape: z.array(number),
  tails: sideSchema,
  heads: sideSchema,
  continues: z.boolean(),
  free: number,
  trained: number,
  edges: z.array(z.object({
    from: number,
    to: number,
    class: z.enum(["free", "trained", "plain"]),
  })),
}));

const pathSgdFields = z.object({
  parameters: z.array(parameterSchema.pick({ name: true, shape: true, reason: true })),
});

const pathSgdSchema = z.custom<PathSgdReport>((value) => pathSgdFields.safeParse(value).success);

/**
 * Reads the folder of a run. Files that do not exist yet are omitted.
 * @throws {CommandError} naming the invalid file, or if another version wrote the folder
 * @throws {MetricsError} naming a line of `metrics.jsonl` that is not a metric
 */
export async function readRun(path: string): Promise<RunData> {
  const summary = await readRunSummary(path, "report on");
  const config = (await readJson(`${path}/config.json`, configSchema))!;
  const file = `${path}/metrics.jsonl`;
  const lines = readMetrics(await readText(file) ?? "", file).flatMap(({ metric }) => metric ?? []);
  const folderOf = (arm: string) => config.optimizer.length === 1 ? path : `${path}/${arm}`;
  const perArm = async <T>(file: string, read: (path: string) => Promise<T | undefined>) => {
    const found = new Map<string, T>();
    for (const { name } of summary.arms) {
      const value = await read(`${folderOf(name)}/${file}`);
      if (value) found.set(name, value);
    }
    return found;
  };
  const json = <T>(schema: z.ZodType<T>) => (path: string) => readJson(path, schema);
  return {
    ...summary,
    path,
    config,
    steps: lines.filter((line) => line.kind === "step"),
    epochs: lines.filter((line) => line.kind === "epoch"),
    ends: lines.filter((line) => line.kind === "end"),
    layers: lines.filter((line) => line.kind === "layers"),
    gsgd: await perArm("gsgd.json", json(gsgdSchema)),
    skeletons: await perArm("skeleton.json", json(layersSchema)),
    pathSgd: await perArm("path-sgd.json", json(pathSgdSchema)),
    confusions: await perArm("confusion.json", json(confusionSchema)),
    weights: await perArm("model.safetensors", readWeights),
    samples: await readSamples(
      config.optimizer,
      (file) => readJson(`${path}/${file}`, samplesFileSchema),
    ),
  };
}
