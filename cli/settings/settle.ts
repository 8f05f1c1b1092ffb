import type { Dataset } from "../../datasets/mod.ts";
import { checkTogether } from "./check_together.ts";
import type { Config } from "./config.ts";
import { datasetName } from "../data/dataset_facts.ts";
import { UsageError } from "../errors.ts";
import {
  checkFit,
  defaultModel,
  isConvolutional,
  type ModelSpec,
  parseModel,
  type SampleFacts,
} from "./model.ts";
import { optimizerSettings, perArm } from "./optimizer_settings.ts";
import { layoutOf, stepsPerEpoch } from "../../train/batch_layout.ts";

/** A config in which all defaults that depend on the model and dataset are filled in. */
export interface SettledConfig extends Config {
  readonly model: string;
  readonly dataset: string;
  readonly batch: number;
  readonly augment: boolean;
  readonly classes: number;
  readonly telemetry: boolean;
  readonly logEvery: number;
}

/** The parts of a settled config that determine the network. */
export type SettledModel = Pick<SettledConfig, "model" | "dataset" | "batch" | "augment">;

/** A settled config, and its model parsed. */
export interface Settled<T> {
  readonly config: T;
  readonly model: ModelSpec;
}

/**
 * Fills in model, batch size, and augmentation.
 * @throws {UsageError} if the model does not fit the samples
 */
export function settleModel(config: Config, facts: SampleFacts): Settled<SettledModel> {
  const model = parseModel(config.model ?? defaultModel(facts));
  checkFit(model, facts);
  const images = isConvolutional(model);
  if (config.augment && !images) {
    throw new UsageError(
      `Cannot use --augment with ${model.name}: it crops and flips images, and only convolutional ` +
        "networks take images",
    );
  }
  const photographs = /^cifar/.test(facts.name);
  return {
    model,
    config: {
      model: model.name,
      dataset: datasetName(config),
      batch: config.batch ?? (images ? 128 : 64),
      augment: config.augment ?? (images && photographs),
    },
  };
}

/** Fills in all defaults: the result is `config.json`. */
export function settle(config: Config, dataset: Dataset): Settled<SettledConfig> {
  checkTogether(config);
  const { model, config: chosen } = settleModel(config, dataset);
  const convolutional = isConvolutional(model);
  const of = (name: Config["optimizer"][number]) => optimizerSettings(name, config, convolutional);
  const perEpoch = stepsPerEpoch(layoutOf(dataset.train.count, chosen.batch, config.dropLast));
  const settled: SettledConfig = {
    ...config,
    ...chosen,
    classes: dataset.classes,
    epochs: config.steps === null ? config.epochs ?? 10 : null,
    lr: perArm(config.optimizer, (name) => of(name).learningRate),
    momentum: perArm(config.optimizer, (name) => of(name).momentum),
    telemetry: config.telemetry ?? (config.live || config.livePort !== null),
    logEvery: config.logEvery ?? Math.max(1, Math.round(perEpoch / 10)),
  };
  return { config: settled, model };
}
