import { z } from "zod";
import { FileError, parseJson, readFileChecked } from "../../checkpoint/mod.ts";
import type { GsgdReport, PathSgdReport } from "../../optim/mod.ts";
import { type Confusion, confusionSchema } from "../results/confusion.ts";
import { CommandError } from "../errors.ts";
import {
  type EndMetric,
  type EpochMetric,
  readMetrics,
  type StepMetric,
} from "../../metrics/mod.ts";

/** Everything in the folder of a run that its report shows. */
export interface RunData extends RunSummary {
  /** Path of the folder. */
  readonly path: string;
  /** The settings by name, as resolved. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepMetric[];
  readonly epochs: readonly EpochMetric[];
  readonly ends: readonly EndMetric[];
  /** How G-SGD treats each weight, by optimizer. */
  readonly gsgd: ReadonlyMap<string, GsgdReport>;
  /** How Path-SGD treats each parameter, by optimizer. */
  readonly pathSgd: ReadonlyMap<string, PathSgdReport>;
  /** Confusion matrices after training, by optimizer. */
  readonly confusions: ReadonlyMap<string, Confusion>;
}

/** The name of the file that holds the summary of a run. */
export const RUN_FILE = "run.json";

const number = z.number();

const summarySchema = z.object({
  title: z.string(),
  /** Length, device, and data, in one sentence each. */
  facts: z.array(z.string()),
  /** The optimizers, and their initial weights in words. */
  arms: z.array(z.object({ name: z.string(), firstWeights: z.string() })),
});

/** What `run.json` says of a run as a whole. */
export type RunSummary = z.infer<typeof summarySchema>;

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

const pathSgdFields = z.object({
  parameters: z.array(parameterSchema.pick({ name: true, shape: true, reason: true })),
});

const pathSgdSchema = z.custom<PathSgdReport>((value) => pathSgdFields.safeParse(value).success);

/**
 * Reads the folder of a run. Files that do not exist yet are omitted.
 * @throws {CommandError} naming the invalid file
 * @throws {MetricsError} naming a line of `metrics.jsonl` that is not a metric
 */
export async function readRun(path: string): Promise<RunData> {
  const config = await readJson(`${path}/config.json`, configSchema);
  if (!config) {
    throw new CommandError(
      `Cannot report on ${path}: the folder holds no run: config.json is missing`,
    );
  }
  const summary = await readJson(`${path}/${RUN_FILE}`, summarySchema) ?? summaryFrom(config);
  const file = `${path}/metrics.jsonl`;
  const lines = readMetrics(await readText(file) ?? "", file).flatMap(({ metric }) => metric ?? []);
  const folderOf = (arm: string) => config.optimizer.length === 1 ? path : `${path}/${arm}`;
  const perArm = async <T>(file: string, schema: z.ZodType<T>) => {
    const found = new Map<string, T>();
    for (const { name } of summary.arms) {
      const value = await readJson(`${folderOf(name)}/${file}`, schema);
      if (value) found.set(name, value);
    }
    return found;
  };
  return {
    ...summary,
    path,
    config,
    steps: lines.filter((line) => line.kind === "step"),
    epochs: lines.filter((line) => line.kind === "epoch"),
    ends: lines.filter((line) => line.kind === "end"),
    gsgd: await perArm("gsgd.json", gsgdSchema),
    pathSgd: await perArm("path-sgd.json", pathSgdSchema),
    confusions: await perArm("confusion.json", confusionSchema),
  };
}

/** The summary of a run of an earlier version, which wrote no `run.json`. */
function summaryFrom(
  { optimizer, model, dataset, seed }: z.infer<typeof configSchema>,
): RunSummary {
  return {
    title: `${model} on ${dataset}`,
    facts: seed === undefined ? [] : [`Seed ${seed}.`],
    arms: optimizer.map((name) => ({ name, firstWeights: "–" })),
  };
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The contents of a file, or `undefined` if there is none. */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const result = schema.safeParse(jsonOf(text));
  if (result.success) return result.data;
  const { path: place = [], message = "" } = result.error.issues[0] ?? {};
  const where = place.length === 0 ? "" : ` at ${place.join(".")}`;
  throw new CommandError(
    `Cannot report on ${path}: it is not what a run writes${where}: ${message}`,
  );
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readFileChecked(path));
  } catch (error) {
    if (error instanceof FileError && error.reason === "not found") return undefined;
    throw error;
  }
}
