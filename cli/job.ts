import { Variable } from "../autograd/mod.ts";
import { type Dataset, datasetNames, loadDataset, planBatches } from "../datasets/mod.ts";
import { nearestName } from "../datasets/nearest_name.ts";
import { openBackend } from "../device/mod.ts";
import type { Backend } from "../graph/mod.ts";
import { type Arm, makeArm } from "./arms.ts";
import type { Config } from "./config.ts";
import { type DeviceSplit, placeSplit } from "./device_data.ts";
import { UsageError } from "./errors.ts";
import { checkFit, defaultModel } from "./model.ts";
import { type BatchLayout, layoutOf, stepsPerEpoch } from "./trainer.ts";

/** Everything that a training run works with. */
export interface Job extends Disposable {
  readonly config: Config;
  /** The model as told, or the one that fits the dataset. */
  readonly model: string;
  readonly dataset: Dataset;
  readonly backend: Backend;
  /** Why this device was taken. */
  readonly choice: string;
  readonly layout: BatchLayout;
  readonly stepsPerEpoch: number;
  /** Steps of the whole run, the same for each arm. */
  readonly steps: number;
  readonly train: DeviceSplit;
  /** `undefined` if the dataset has no test split. */
  readonly test: DeviceSplit | undefined;
  readonly arms: readonly Arm[];
  /** Puts the samples into the order of an epoch, counted from 0. */
  setOrder(epoch: number): void;
}

/** Loads the data, opens the device and makes the models. */
export async function openJob(config: Config): Promise<Job> {
  const dataset = await load(config);
  const model = config.model ?? defaultModel(dataset);
  checkFit(model, dataset);
  const layout = layoutOf(dataset.train.count, config.batch, config.dropLast);
  const perEpoch = stepsPerEpoch(layout);
  if (perEpoch === 0) {
    throw new UsageError(
      `Cannot train with --drop-last: the ${dataset.train.count} samples must fill a batch: ` +
        `current --batch is ${config.batch}`,
    );
  }
  const steps = config.steps ?? config.epochs * perEpoch;
  let choice = "";
  const backend = await openBackend(config.device, {
    ...(config.threads !== null && { threads: config.threads }),
    onChoice: (reason) => choice = reason,
  });
  const train = placeSplit(dataset, dataset.train, "train");
  const test = dataset.test.count > 0 ? placeSplit(dataset, dataset.test, "test") : undefined;
  const batches = {
    count: dataset.train.count,
    batchSize: config.batch,
    shuffle: config.shuffle,
    seed: config.seed,
    lastBatch: config.dropLast ? "drop" : "keep",
  } as const;
  const orderOf = (epoch: number) => planBatches({ ...batches, epoch }).order;
  const order = new Variable(
    "order",
    { dtype: "i32", shape: [orderOf(0).length] },
    () => orderOf(0),
  );
  const length = { stepsPerEpoch: perEpoch, steps };
  const shared = { model, config, length, layout, data: train, order, backend };
  const arms: Arm[] = [];
  const dispose = () => {
    for (const owner of [...arms, order, train, test, backend]) owner?.[Symbol.dispose]();
  };
  try {
    for (const name of config.optimizer) arms.push(await makeArm(name, shared));
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    config,
    model,
    dataset,
    backend,
    choice,
    layout,
    stepsPerEpoch: perEpoch,
    steps,
    train,
    test,
    arms,
    setOrder: (epoch) => order.assign(orderOf(epoch)),
    [Symbol.dispose]: dispose,
  };
}

/** Loads the dataset that a config asks for. */
export function load(config: Config): Promise<Dataset> {
  if (config.testDataset !== null && !config.dataset.endsWith(".safetensors")) {
    throw new UsageError(
      `Cannot use --test-dataset with --dataset ${config.dataset}: it belongs to a .safetensors ` +
        "dataset",
    );
  }
  if (!config.dataset.endsWith(".safetensors") && !datasetNames.includes(config.dataset)) {
    const nearest = nearestName(config.dataset, datasetNames);
    throw new UsageError(
      `Cannot use --dataset ${config.dataset}: it must be one of ${datasetNames.join(", ")}, or ` +
        `the path of a .safetensors file` + (nearest ? `: did you mean ${nearest}?` : ""),
    );
  }
  return loadDataset(config.dataset, {
    ...(config.limit !== null && { limit: { train: config.limit } }),
    safetensors: {
      ...(config.classes !== null && { classes: config.classes }),
      ...(config.testDataset !== null && { test: config.testDataset }),
    },
  });
}
