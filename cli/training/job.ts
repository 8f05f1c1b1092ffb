import type { Dataset, DatasetWithValidation, Split } from "../../datasets/mod.ts";
import { sha256 } from "../../checkpoint/mod.ts";
import { openBackend } from "../../device/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { type Arm, makeArm } from "./arms.ts";
import type { Config } from "../settings/config.ts";
import type { Display } from "../display.ts";
import { UsageError } from "../errors.ts";
import { warn } from "../output.ts";
import { prose } from "../styled.ts";
import { checkAdapters } from "../ranks/check_adapters.ts";
import type { Ranks } from "../ranks/ranks.ts";
import { threadsOf } from "../ranks/threads.ts";
import { load, withHeldOut, withMeasuredNormalization } from "../data/load.ts";
import { isOwnData } from "../data/own_data.ts";
import { readGivenWeights } from "./given_weights.ts";
import { inputShape, type ModelSpec } from "../settings/model.ts";
import { settle, type SettledConfig } from "../settings/settle.ts";
import { EpochBatches } from "../../train/epoch_batches.ts";
import { type DeviceSplit, type PlaceOptions, placeSplit } from "../../train/mod.ts";

/** A training run: its settings, model, data, device, and the optimizers to compare. */
export interface Job extends Disposable {
  readonly config: SettledConfig;
  readonly model: ModelSpec;
  readonly dataset: Dataset | DatasetWithValidation;
  /** Checksum of the training data; null for a published dataset whose files were verified. */
  readonly contents: string | null;
  readonly backend: Backend;
  /** Why this device was chosen. */
  readonly choice: string;
  /** The batches that all arms share. */
  readonly batches: EpochBatches;
  readonly stepsPerEpoch: number;
  /** Number of steps of the whole run, the same for each arm. */
  readonly steps: number;
  readonly train: DeviceSplit;
  /** Samples held out for validation; `undefined` if there are none. */
  readonly validation: DeviceSplit | undefined;
  /** `undefined` if the dataset has no test split. */
  readonly test: DeviceSplit | undefined;
  readonly arms: readonly Arm[];
  /** The processes that train together. */
  readonly ranks: Ranks;
  /** What each rank computes on. */
  readonly devices: readonly string[];
}

/** How a job is opened. */
interface JobOptions {
  readonly display: Display;
  readonly ranks: Ranks;
}

/** Loads the data, opens the device, and makes the models. */
export async function openJob(requested: Config, options: JobOptions): Promise<Job> {
  const { display, ranks } = options;
  const whole = await ranks.inTurns(() => load(requested, display));
  let made: Omit<Job, "devices"> | undefined;
  try {
    const job = await ranks.together(async () => made = await makeJob(requested, whole, options));
    await checkAdapters(ranks, job.backend);
    return { ...job, devices: await ranks.texts(job.backend.description) };
  } catch (error) {
    made?.[Symbol.dispose]();
    throw error;
  }
}

async function makeJob(
  requested: Config,
  whole: Dataset,
  { display, ranks }: JobOptions,
): Promise<Omit<Job, "devices">> {
  const dataset = withMeasuredNormalization(withHeldOut(whole, requested), requested);
  const { config, model, arms: armSettings } = settle(requested, dataset);
  checkBatches(config, dataset);
  let choice = "";
  const backend = await openBackend(config.device, {
    ...threadsOf(config, ranks),
    onChoice: (reason) => choice = reason,
  });
  const data = placeData(config, dataset, {
    shape: inputShape(model, dataset),
    bytesPerBuffer: backend.limits.bytesPerSlot,
  });
  const { stepsPerEpoch } = data.batches;
  // a settled config has one of both
  const steps = config.steps ?? config.epochs! * stepsPerEpoch;
  const length = { stepsPerEpoch, steps };
  const arms: Arm[] = [];
  const dispose = () => {
    for (const owner of [...arms, ...Object.values(data), backend]) owner?.[Symbol.dispose]();
  };
  try {
    const { train, batches } = data;
    const given = await readGivenWeights(config);
    const shared = { model, dataset, given, config, length, data: train, batches, backend, ranks };
    for (const settings of armSettings) arms.push(await makeArm(settings, shared));
    if (given?.report !== undefined) await tell(given.report, config, display);
  } catch (error) {
    dispose();
    throw error;
  }
  const isKnown = !isOwnData(config.dataset) && !config.allowUnverified;
  const contents = isKnown ? null : await checksumOf(dataset.train);
  const parts = { config, model, dataset, contents, backend, choice, arms, ranks };
  return { ...parts, ...length, ...data, [Symbol.dispose]: dispose };
}

/** Says which weights were read; warns of those that keep their initial values, even if quiet. */
async function tell(report: string, config: SettledConfig, display: Display): Promise<void> {
  if (config.weightsPartial) warn(report);
  else await display.line([prose(report)]);
}

async function checksumOf({ x, y }: Split): Promise<string> {
  const sums = [];
  for (const { buffer, byteOffset, byteLength } of [x, y]) {
    // shared memory cannot be hashed, so it is copied
    sums.push(
      await sha256(
        buffer instanceof ArrayBuffer
          ? new Uint8Array(buffer, byteOffset, byteLength)
          : new Uint8Array(buffer, byteOffset, byteLength).slice(),
      ),
    );
  }
  return sums.map((sum) => sum.slice(0, 16)).join("-");
}

/** Refuses to drop the only batch. */
function checkBatches({ dropLast, batch }: SettledConfig, { train: { count } }: Dataset): void {
  if (!dropLast || count >= batch) return;
  throw new UsageError(
    `Cannot train with --drop-last: the ${count} samples must fill a batch: current --batch is ${batch}`,
  );
}

/** The data on the device, which all arms share. */
type JobData = Pick<Job, "train" | "validation" | "test" | "batches">;

function placeData(
  { batch, shuffle, seed, dropLast, mixup }: SettledConfig,
  dataset: Dataset | DatasetWithValidation,
  place: Omit<PlaceOptions, "name">,
): JobData {
  const { train: { count }, classes } = dataset;
  const lastBatch = dropLast ? "drop" : "keep";
  const at = (split: Split, name: string) => placeSplit(dataset, split, { ...place, name });
  return {
    train: at(dataset.train, "train"),
    validation: "validation" in dataset ? at(dataset.validation, "validation") : undefined,
    test: dataset.test.count > 0 ? at(dataset.test, "test") : undefined,
    batches: new EpochBatches({ count, batchSize: batch, shuffle, seed, lastBatch }, {
      alpha: mixup ?? undefined,
      classes,
    }),
  };
}
