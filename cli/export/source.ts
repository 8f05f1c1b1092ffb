import { z } from "zod";
import { parseJson } from "../../checkpoint/mod.ts";
import { didYouMean } from "../../graph/nearest_name.ts";
import { type Normalization, normalizationOf } from "../../datasets/mod.ts";
import type { Shape } from "../../graph/mod.ts";
import type { Module } from "../../layers/mod.ts";
import { readTensors } from "../checkpoints/tensor_files.ts";
import { type Config, configSchema } from "../settings/config.ts";
import { UsageError } from "../errors.ts";
import { checkGiven } from "../flags/check_given.ts";
import { flagName } from "../flags/setting.ts";
import { trimSlashes } from "../../checkpoint/trim_slashes.ts";
import { note } from "../output.ts";
import { GivenWeights, readTensorFile } from "../training/given_weights.ts";
import { normalizationAs } from "../data/load.ts";
import {
  buildModel,
  checkFit,
  inputShape,
  parseModel,
  type SampleInfo,
} from "../settings/model.ts";
import { readConfig } from "../settings/config_file.ts";
import { RunFolder } from "../results/run_folder.ts";
import { readRunSummary, type RunSummary } from "../results/run_summary.ts";
import { sampleInfoOf } from "../training/untrained.ts";
import type { ExportFlags } from "./flags.ts";

/** The path of the weights, and the settings of their model. */
export interface Source {
  readonly path: string;
  readonly config: Config;
  /** The run that the weights are from, if they are from one. */
  readonly run?: SourceRun;
}

/** A run, and the optimizer whose weights are exported. */
export interface SourceRun {
  readonly path: string;
  readonly arm: string;
  /** Whether the weights are those with the lowest validation error. */
  readonly isBest: boolean;
  readonly summary: RunSummary;
}

/**
 * Finds the weights that the flags name: those of a run, or a model and a file.
 * @throws {UsageError} if they name neither, or both
 */
export async function findSource(flags: ExportFlags): Promise<Source> {
  const { run, weights } = flags;
  if (run !== null) {
    checkUndecided(flags);
    return await findRun(run, "export", flags);
  }
  for (const name of ["optimizer", "best"] as const) {
    if (!flags[name]) continue;
    throw new UsageError(`Cannot use --${name} without --run: it selects weights of a run`);
  }
  if (weights === null) {
    throw new UsageError(
      "Cannot export: --run FOLDER, or --weights FILE and --model NAME, is required",
    );
  }
  const settings = decided.filter((name) => name in configSchema.shape);
  const given = Object.fromEntries(settings.map((name) => [name, flags[name]]));
  return { path: weights, config: checkGiven(configSchema, { given }) };
}

/** Flags that a run's config.json decides. Most are settings of a run. */
const decided = [
  "model",
  "weights",
  "weightsPrefix",
  "shortcut",
  "dataset",
  "classes",
  "sample",
  "bias",
] as const;

function checkUndecided(flags: ExportFlags): void {
  const bad = decided.find((name) => flags[name]);
  if (bad === undefined) return;
  throw new UsageError(
    `Cannot use --${flagName(bad)} with --run: the run's config.json decides it`,
  );
}

/** The flags that select weights of a run. */
type RunFlags = Pick<ExportFlags, "optimizer" | "best">;

/**
 * Finds weights of a run. `action` is for errors: "export".
 * @throws {CommandError} if the folder holds no run
 * @throws {UsageError} if the run has no such optimizer, several to choose from, or no best weights
 */
export async function findRun(
  run: string,
  action: string,
  { optimizer, best: isBest }: RunFlags,
): Promise<Source> {
  const path = trimSlashes(run);
  const summary = await readRunSummary(path, action);
  const config = await readConfig(`${path}/config.json`);
  const arm = optimizer ?? config.optimizer[0]!;
  const known = config.optimizer.find((name) => name === arm);
  if (known === undefined || (config.optimizer.length > 1 && optimizer === null)) {
    throw new UsageError(
      `Cannot ${action} ${path}: --optimizer must be one of ${
        config.optimizer.join(", ")
      }, the optimizers of the run` +
        (known === undefined
          ? `: current value is ${arm}${didYouMean(arm, config.optimizer)}`
          : ""),
    );
  }
  // the run already removed the prefix when it read its initial weights
  const settings = { ...config, weightsPrefix: null };
  const fileOf = (name: string) => new RunFolder(path, config).armFile(known, name);
  const of = { path, arm: known, isBest, summary };
  if (!isBest) return { path: fileOf("model.safetensors"), config: settings, run: of };
  const best = fileOf("best.safetensors");
  if (await isFile(best)) return { path: best, config: settings, run: of };
  throw new UsageError(
    `Cannot ${action} the best weights of ${path}: ${best} does not exist: a run writes it ` +
      "with --validation, from the end of its first epoch",
  );
}

async function isFile(path: string): Promise<boolean> {
  const stat = await Deno.stat(path).catch(() => undefined);
  return stat?.isFile === true;
}

/** A model with its weights and its input. */
export interface LoadedModel {
  readonly name: string;
  readonly model: Module;
  /** Shape of an input sample. */
  readonly shape: Shape;
  readonly samples: SampleInfo;
  /** Names of the classes; empty if they are not known. */
  readonly classNames: readonly string[];
  /** How raw values of the dataset become features, if known. */
  readonly normalization: Normalization | undefined;
}

/** The flags that a model to load depends on. */
type SampleFlags = Pick<ExportFlags, "sample">;

/** Builds the model of a source, with its weights. */
export async function loadModel(
  { path, config, run }: Source,
  flags: SampleFlags,
): Promise<LoadedModel> {
  if (config.model === null) {
    throw new UsageError("Cannot export as onnx without --model: the file contains only weights");
  }
  const spec = parseModel(config.model);
  const samples = run?.summary.data ?? await samplesOf(config, flags);
  checkFit(spec, samples);
  const model = buildModel(spec, samples, config);
  const file = run !== undefined
    ? await readTensors(path)
    : { tensors: await readTensorFile(path) };
  const { tensors } = file;
  const given = new GivenWeights(path, tensors, { ...config, weightsPartial: false });
  given.load(model);
  if (given.report !== undefined) note(given.report);
  const normalization = "metadata" in file
    ? storedNormalization(file.metadata) ?? knownNormalization(config)
    : knownNormalization(config);
  const classNames = run?.summary.data?.classNames ?? [];
  const shape = inputShape(spec, samples);
  return { name: spec.name, model, shape, samples, classNames, normalization };
}

/** The normalization that a run wrote with its weights; earlier versions did not. */
function storedNormalization(metadata: ReadonlyMap<string, string>): Normalization | undefined {
  const text = metadata.get("normalization");
  return text === undefined ? undefined : normalizationSchema.parse(parseJson(text));
}

const normalizationSchema = z.object({
  scale: z.number().positive(),
  mean: z.array(z.number()).min(1),
  std: z.array(z.number().positive()).min(1),
});

function knownNormalization(config: Config): Normalization | undefined {
  const known = config.dataset === null ? undefined : normalizationOf(config.dataset);
  return known && normalizationAs(config, known);
}

/** Shape and classes, as given or from the dataset. */
async function samplesOf(config: Config, { sample }: SampleFlags): Promise<SampleInfo> {
  if (sample === null) {
    const samples = await sampleInfoOf(config);
    return config.classes === null ? samples : { ...samples, classes: config.classes };
  }
  const sampleShape = sample.split(/[x×,]/).map(Number);
  if (!sampleShape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new UsageError(
      `Cannot use --sample ${sample}: it must be sizes such as 3x32x32: current value is ${sample}`,
    );
  }
  const classes = config.classes ?? (await sampleInfoOf(config)).classes;
  return { name: "the samples", sampleShape, classes };
}
