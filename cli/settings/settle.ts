import type { Dataset } from "../../datasets/mod.ts";
import { adaptive, armKinds, type ArmName, type Rule } from "./arm_kinds.ts";
import { checkTogether } from "./check_together.ts";
import { type Config, servesLivePage } from "./config.ts";
import { datasetName } from "../data/known_datasets.ts";
import { UsageError } from "../errors.ts";
import {
  checkFit,
  defaultModel,
  isConvolutional,
  type ModelSpec,
  parseModel,
  type SampleInfo,
} from "./model.ts";
import type { PerArm } from "./rows/optimizer.ts";
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
  readonly layersEvery: number;
}

/** The settings of one optimizer. */
export interface ArmSettings {
  readonly name: ArmName;
  /** Update rule for gradients, or for the values that the optimizer's pass computes from them. */
  readonly rule: Rule;
  readonly learningRate: number;
  /** `undefined` for rules without momentum. */
  readonly momentum: number | undefined;
  readonly weightDecay: number;
}

/** A settled config, its model parsed, and the settings of each of its optimizers. */
interface Settled {
  readonly config: SettledConfig;
  readonly model: ModelSpec;
  readonly arms: readonly ArmSettings[];
}

/** Fills in all defaults: the resulting config is `config.json`. */
export function settle(config: Config, dataset: Dataset): Settled {
  checkTogether(config, "validation" in dataset);
  const { model, batch, augment } = settleModel(config, dataset);
  const arms = config.optimizer.map((name) => armSettings(name, config, isConvolutional(model)));
  const perEpoch = stepsPerEpoch(layoutOf(dataset.train.count, batch, config.dropLast));
  const settled: SettledConfig = {
    ...config,
    model: model.name,
    dataset: datasetName(config),
    batch,
    augment,
    classes: dataset.classes,
    epochs: config.steps === null ? config.epochs ?? 10 : null,
    lr: perArm(arms, ({ learningRate }) => learningRate),
    momentum: perArm(arms, ({ momentum }) => momentum),
    telemetry: config.telemetry ?? servesLivePage(config),
    logEvery: config.logEvery ?? Math.max(1, Math.round(perEpoch / 10)),
    layersEvery: config.layersEvery ?? Math.max(300, perEpoch),
  };
  return { config: settled, model, arms };
}

/**
 * Parses the model, and fills in batch size and augmentation.
 * @throws {UsageError} if the model does not fit the samples
 */
export function settleModel(
  config: Config,
  samples: SampleInfo,
): { readonly model: ModelSpec; readonly batch: number; readonly augment: boolean } {
  const model = parseModel(config.model ?? defaultModel(samples));
  checkFit(model, samples);
  const images = isConvolutional(model);
  if (config.augment && !images) {
    throw new UsageError(
      `Cannot use --augment with ${model.name}: it crops and flips images, and only convolutional ` +
        "networks take images",
    );
  }
  const photographs = /^cifar/.test(samples.name);
  const batch = config.batch ?? (images ? 128 : 64);
  if ((config.accumulate ?? 1) > batch) {
    throw new UsageError(
      `Cannot use --accumulate ${config.accumulate}: a batch of ${batch} samples has at most ${batch} parts`,
    );
  }
  return {
    model,
    batch,
    augment: config.augment ?? (images && photographs),
  };
}

/** Fills in learning rate, momentum, and weight decay of an optimizer. */
function armSettings(name: ArmName, config: Config, convolutional: boolean): ArmSettings {
  const kind = armKinds[name].rule;
  const rule = kind === "base" ? config.baseOptimizer : kind;
  const usual = rule === "momentum" || rule === "nesterov" ? 0.9 : 0;
  const momentum = adaptive.has(rule) ? undefined : valueFor(name, config.momentum) ?? usual;
  const learningRate = valueFor(name, config.lr) ?? defaultRate(rule, convolutional);
  const weightDecay = valueFor(name, config.weightDecay) ?? 0;
  return { name, rule, learningRate, momentum, weightDecay };
}

/** [Meng 2019, sec. 5.2] for fully connected networks, [He et al. 2016, §4.2] for convolutional ones. */
function defaultRate(rule: Rule, convolutional: boolean): number {
  if (adaptive.has(rule)) return 0.001;
  return convolutional ? 0.1 : 0.01;
}

function valueFor(name: ArmName, value: PerArm | null): number | undefined {
  return value === null ? undefined : typeof value === "number" ? value : value[name];
}

/** The values of all optimizers as in a config: one number if they are equal. */
function perArm(
  arms: readonly ArmSettings[],
  valueOf: (arm: ArmSettings) => number | undefined,
): PerArm | null {
  const values = arms.flatMap((arm) => {
    const value = valueOf(arm);
    return value === undefined ? [] : [[arm.name, value] as const];
  });
  const [first] = values;
  if (first === undefined) return null;
  const equal = values.length === arms.length && values.every(([, value]) => value === first[1]);
  return equal ? first[1] : Object.fromEntries(values);
}
