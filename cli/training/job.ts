import { Variable } from "../../autograd/mod.ts";
import {
  type Dataset,
  type DatasetWithValidation,
  planBatches,
  type Split,
} from "../../datasets/mod.ts";
import { sha256 } from "../../checkpoint/mod.ts";
import { openBackend } from "../../device/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { type Arm, makeArm } from "./arms.ts";
import type { Config } from "../settings/config.ts";
import type { Display } from "../display.ts";
import { UsageError } from "../errors.ts";
import { warn } from "../output.ts";
import { isDataFile, load, withMeasuredNormalization, withValidation } from "../data/load.ts";
import { readGivenWeights } from "./given_weights.ts";
import { inputShape, type ModelSpec } from "../settings/model.ts";
import { settle, type SettledConfig } from "../settings/settle.ts";
import { type BatchLayout, layoutOf, stepsPerEpoch } from "../../train/batch_layout.ts";
import { type DeviceSplit, Mixup, type PlaceOptions, placeSplit } from "../../train/mod.ts";

/** A training run: its settings, model, data, device, and the optimizers to compare. */
export interface Job extends Disposable {
  readonly config: SettledConfig;
  readonly model: ModelSpec;
  readonly dataset: Dataset;
  /** Checksum of the training data; null for a published dataset whose files were verified. */
  readonly contents: string | null;
  readonly backend: Backend;
  /** Why this device was chosen. */
  readonly choice: string;
  readonly layout: BatchLayout;
  readonly stepsPerEpoch: number;
  /** Number of steps of the whole run, the same for each arm. */
  readonly steps: number;
  readonly train: DeviceSplit;
  /** Samples held out for validation; `undefined` if there are none. */
  readonly validation: DeviceSplit | undefined;
  /** `undefined` if the dataset has no test split. */
  readonly test: DeviceSplit | undefined;
  readonly arms: readonly Arm[];
  /** Sets the order of the samples for an epoch, counted from 0. */
  setOrder(epoch: number): void;
}

/** Loads the data, opens the device, and makes the models. */
export async function openJob(requested: Config, display: Display): Promise<Job> {
  const whole = await load(requested, display);
  const dataset = withMeasuredNormalization(withValidation(whole, requested), requested);
  const { config, model, arms: armSettings } = settle(requested, dataset);
  const length = lengthOf(config, dataset);
  let choice = "";
  const backend = await openBackend(config.device, {
    ...(config.threads !== null && { threads: config.threads }),
    onChoice: (reason) => choice = reason,
  });
  const data = placeData(config, dataset, {
    shape: inputShape(model, dataset),
    bytesPerBuffer: backend.limits.bytesPerSlot,
  });
  const arms: Arm[] = [];
  const dispose = () => {
    const { train, validation, test, order, mixup } = data;
    for (const owner of [...arms, order, mixup, train, validation, test, backend]) {
      owner?.[Symbol.dispose]();
    }
  };
  try {
    const { train, order, mixup } = data;
    const { layout } = length;
    const given = await readGivenWeights(config);
    const batches = { data: train, order, layout, mixup };
    const shared = { model, dataset, given, config, length, ...batches, backend };
    for (const settings of armSettings) arms.push(await makeArm(settings, shared));
    // warn of weights that keep their initial values, even with --quiet
    if (given?.report !== undefined && config.weightsPartial) warn(given.report);
    else if (given?.report !== undefined) await display.line(given.report);
  } catch (error) {
    dispose();
    throw error;
  }
  const isKnown = !isDataFile(config.dataset) && !config.allowUnverified;
  const contents = isKnown ? null : await checksumOf(dataset.train);
  const parts = { config, model, dataset, contents, backend, choice, arms };
  return { ...parts, ...length, ...data, [Symbol.dispose]: dispose };
}

async function checksumOf({ x, y }: Split): Promise<string> {
  const sums = [];
  for (const { buffer, byteOffset, byteLength } of [x, y]) {
    // copied, because the view may be of shared memory, which cannot be hashed
    sums.push(await sha256(new Uint8Array(buffer, byteOffset, byteLength).slice()));
  }
  return sums.map((sum) => sum.slice(0, 16)).join("-");
}

/** The batches of an epoch, and the length of the run. */
type Length = Pick<Job, "layout" | "stepsPerEpoch" | "steps">;

function lengthOf(config: SettledConfig, { train: { count } }: Dataset): Length {
  const layout = layoutOf(count, config.batch, config.dropLast);
  const perEpoch = stepsPerEpoch(layout);
  if (perEpoch === 0) {
    throw new UsageError(
      `Cannot train with --drop-last: the ${count} samples must fill a batch: current --batch is ` +
        `${config.batch}`,
    );
  }
  const steps = config.steps ?? (config.epochs ?? 1) * perEpoch;
  return { layout, stepsPerEpoch: perEpoch, steps };
}

/** The data on the device, which all arms share. */
type JobData = Pick<Job, "train" | "validation" | "test" | "setOrder"> & {
  readonly order: Variable;
  readonly mixup: Mixup | undefined;
};

function placeData(
  config: SettledConfig,
  dataset: Dataset | DatasetWithValidation,
  place: Omit<PlaceOptions, "name">,
): JobData {
  const batches = {
    count: dataset.train.count,
    batchSize: config.batch,
    shuffle: config.shuffle,
    seed: config.seed,
    lastBatch: config.dropLast ? "drop" : "keep",
  } as const;
  const orderOf = (epoch: number) => planBatches({ ...batches, epoch }).order;
  const first = planBatches({ ...batches, epoch: 0 });
  const type = { dtype: "i32", shape: [first.order.length] } as const;
  const order = new Variable("order", type, () => first.order);
  const { seed, mixup: alpha } = config;
  const mixing = { seed, stepsPerEpoch: first.batchCount, classes: dataset.classes };
  const mixup = alpha === null ? undefined : new Mixup({ alpha, ...mixing });
  const at = (split: Split, name: string) => placeSplit(dataset, split, { ...place, name });
  return {
    train: at(dataset.train, "train"),
    validation: "validation" in dataset ? at(dataset.validation, "validation") : undefined,
    test: dataset.test.count > 0 ? at(dataset.test, "test") : undefined,
    order,
    mixup,
    setOrder(epoch) {
      order.assign(orderOf(epoch));
      mixup?.setEpoch(epoch);
    },
  };
}
