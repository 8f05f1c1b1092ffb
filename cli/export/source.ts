import { z } from "zod";
import { parseJson } from "../../checkpoint/mod.ts";
import { didYouMean } from "../../graph/nearest_name.ts";
import { type Normalization, normalizationOf } from "../../datasets/mod.ts";
import type { Shape } from "../../graph/mod.ts";
import type { Module } from "../../layers/mod.ts";
import { readTensors } from "../checkpoints/tensor_files.ts";
import { type Config, defaults } from "../settings/config.ts";
import { UsageError } from "../errors.ts";
import { note } from "../output.ts";
import { GivenWeights, readTensorFile } from "../training/given_weights.ts";
import { normalizationAs } from "../data/load.ts";
import {
  buildModel,
  checkFit,
  inputShape,
  parseModel,
  type SampleFacts,
} from "../settings/model.ts";
import { checkConfig, readConfig } from "../settings/resolve_config.ts";
import { checkRunFolder, RunFolder } from "../results/run_folder.ts";
import { factsOf } from "../training/untrained.ts";
import type { ExportFlags } from "./flags.ts";

/** Where the weights are, and the settings that say what model they belong to. */
export interface Source {
  readonly path: string;
  readonly config: Config;
}

/**
 * Finds what the flags mean: a run, or a model and a file.
 * @throws {UsageError} if they mean nothing, or several things
 */
export async function findSource(flags: ExportFlags): Promise<Source> {
  const { texts, switches } = flags;
  const run = texts.get("run");
  if (run !== undefined) return await findRun(run, flags);
  for (const name of ["optimizer", "best"]) {
    if (!texts.has(name) && !switches.has(name)) continue;
    throw new UsageError(`Cannot use --${name} without --run: it chooses among a run's weights`);
  }
  const path = texts.get("weights");
  if (path === undefined) {
    throw new UsageError(
      "Cannot export: --run FOLDER, or --weights FILE and --model NAME, must be told",
    );
  }
  const classes = texts.get("classes");
  const told = {
    weights: path,
    ...textSettings(texts, ["model", "shortcut", "dataset"]),
    ...(texts.has("weights-prefix") && { weightsPrefix: texts.get("weights-prefix") }),
    ...(switches.has("bias") && { bias: true }),
    ...(classes !== undefined && { classes: numberIn(classes) }),
  };
  return { path, config: checkConfig(told, { kind: "flags" }, defaults) };
}

/** What is no number stays text, and the check of the settings shows it. */
function numberIn(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function textSettings(texts: ReadonlyMap<string, string>, names: readonly string[]) {
  return Object.fromEntries(
    names.flatMap((name) => texts.has(name) ? [[name, texts.get(name)]] : []),
  );
}

async function findRun(run: string, { texts, switches }: ExportFlags): Promise<Source> {
  const own = ["model", "weights", "weights-prefix", "shortcut", "dataset", "classes", "sample"];
  const bad = own.find((name) => texts.has(name)) ?? (switches.has("bias") ? "bias" : undefined);
  if (bad !== undefined) {
    throw new UsageError(`Cannot use --${bad} with --run: the run's config.json says it`);
  }
  const path = run.replace(/(.)[\\/]+$/, "$1");
  await checkRunFolder(path, "export");
  const config = await readConfig(`${path}/config.json`);
  const arm = texts.get("optimizer") ?? config.optimizer[0]!;
  const known = config.optimizer.find((name) => name === arm);
  if (known === undefined || (config.optimizer.length > 1 && !texts.has("optimizer"))) {
    throw new UsageError(
      `Cannot export ${path}: --optimizer must be one of ${
        config.optimizer.join(", ")
      }, which it compared` +
        (known === undefined
          ? `: current value is ${arm}${didYouMean(arm, config.optimizer)}`
          : ""),
    );
  }
  // the prefix was taken off when the run read its first weights
  const settings = { ...config, weightsPrefix: null };
  const fileOf = (name: string) => new RunFolder(path, config).armFile(known, name);
  if (!switches.has("best")) return { path: fileOf("model.safetensors"), config: settings };
  const best = fileOf("best.safetensors");
  if (await isFile(best)) return { path: best, config: settings };
  throw new UsageError(
    `Cannot export the best weights of ${path}: there are none in ${best}: only a run with ` +
      "--validation chooses any, at the end of its first epoch",
  );
}

async function isFile(path: string): Promise<boolean> {
  const stat = await Deno.stat(path).catch(() => undefined);
  return stat?.isFile === true;
}

/** A model with its weights, and what it takes. */
export interface LoadedModel {
  readonly name: string;
  readonly model: Module;
  /** Shape of a sample, as the model takes it. */
  readonly shape: Shape;
  readonly facts: SampleFacts;
  /** How a dataset's own numbers become features, if it is known. */
  readonly normalization: Normalization | undefined;
}

/** Builds the model that a source means, with its weights. */
export async function loadModel(
  { path, config }: Source,
  flags: ExportFlags,
): Promise<LoadedModel> {
  if (config.model === null) {
    throw new UsageError("Cannot export as onnx without --model: the file holds weights only");
  }
  const spec = parseModel(config.model);
  const facts = await sampleFacts(config, flags);
  checkFit(spec, facts);
  const model = buildModel(spec, facts, config);
  const fromRun = flags.texts.has("run");
  const file = fromRun ? await readTensors(path) : { tensors: await readTensorFile(path) };
  const { tensors } = file;
  const given = new GivenWeights(path, tensors, { ...config, weightsPartial: false });
  given.load(model);
  if (given.report !== undefined) note(given.report);
  const normalization = "metadata" in file
    ? storedNormalization(file.metadata) ?? knownNormalization(config)
    : knownNormalization(config);
  return { name: spec.name, model, shape: inputShape(spec, facts), facts, normalization };
}

/** The one that a run wrote with its weights; earlier versions did not. */
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

/** Shape and classes: told, or those of the dataset. */
async function sampleFacts(config: Config, { texts }: ExportFlags): Promise<SampleFacts> {
  const sample = texts.get("sample");
  if (sample === undefined) {
    const facts = await factsOf(config);
    return config.classes === null ? facts : { ...facts, classes: config.classes };
  }
  const sampleShape = sample.split(/[x×,]/).map(Number);
  if (!sampleShape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new UsageError(
      `Cannot use --sample ${sample}: it must be sizes such as 3x32x32: current value is ${sample}`,
    );
  }
  const classes = config.classes ?? (await factsOf(config)).classes;
  return { name: "the samples", sampleShape, classes };
}
