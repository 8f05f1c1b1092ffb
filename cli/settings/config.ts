import { z } from "zod";
import { MOST_WORKERS } from "../../cpu/layout.ts";
import { type ArmName, armNames, type Rule, rules } from "./arm_kinds.ts";

export type { ArmName } from "./arm_kinds.ts";

/** One value for all optimizers, or one for each. */
export type PerArm = number | Readonly<Partial<Record<ArmName, number>>>;

/** Everything that decides a run. `null` means: not told, see the help for what is taken. */
export interface Config {
  readonly model: string | null;
  readonly bias: boolean;
  readonly init: "default" | "he";
  readonly shortcut: "A" | "B" | null;
  readonly weights: string | null;
  readonly weightsPartial: boolean;
  readonly weightsPrefix: string | null;
  readonly dataset: string | null;
  readonly testDataset: string | null;
  readonly layout: "nchw" | "nhwc" | null;
  readonly dataDir: string | null;
  readonly cacheDir: string | null;
  readonly allowUnverified: boolean;
  readonly labels: "fine" | "coarse" | null;
  readonly augment: boolean | null;
  readonly normalize: "standard" | "unit";
  readonly classes: number | null;
  readonly limit: number | null;
  readonly testLimit: number | null;
  readonly validation: number | null;
  readonly optimizer: readonly ArmName[];
  readonly inner: Rule;
  readonly skeletonInit: "one" | "keep" | "gauge";
  readonly skeletonSigns: "one" | "random";
  readonly rescale: number | string | null;
  readonly bpr: number;
  readonly ratioClamp: readonly number[] | null;
  readonly bn: "paper" | "none" | "affine";
  readonly residual: "cut" | "tied";
  readonly segmentation: "whole" | "stages";
  readonly selfCheck: boolean;
  readonly lr: PerArm | null;
  readonly schedule: string;
  readonly lrFactor: number;
  readonly warmup: number;
  readonly momentum: PerArm | null;
  readonly weightDecay: PerArm;
  readonly biasDecay: number | null;
  readonly clipNorm: number | null;
  readonly clipValue: number | null;
  readonly labelSmoothing: number;
  readonly mixup: number | null;
  readonly epochs: number | null;
  readonly steps: number | null;
  readonly patience: number | null;
  readonly batch: number | null;
  readonly dropLast: boolean;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly device: "auto" | "gpu" | "cpu";
  readonly threads: number | null;
  readonly out: string | null;
  readonly logEvery: number | null;
  readonly checkpointEvery: number | null;
  readonly keepCheckpoints: number;
  readonly log: readonly ("csv" | "tensorboard")[];
  readonly perClass: boolean;
  readonly telemetry: boolean | null;
  readonly live: boolean;
  readonly livePort: number | null;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** What a run is if nothing is told: section 5.2 of the paper, a few epochs. */
export const defaults: Config = {
  model: null,
  bias: false,
  init: "default",
  shortcut: null,
  weights: null,
  weightsPartial: false,
  weightsPrefix: null,
  dataset: null,
  testDataset: null,
  layout: null,
  dataDir: null,
  cacheDir: null,
  allowUnverified: false,
  labels: null,
  augment: null,
  normalize: "standard",
  classes: null,
  limit: null,
  testLimit: null,
  validation: null,
  optimizer: ["sgd", "sgd-skeleton", "gsgd"],
  inner: "sgd",
  skeletonInit: "one",
  skeletonSigns: "one",
  rescale: null,
  bpr: 0,
  ratioClamp: null,
  bn: "paper",
  residual: "cut",
  segmentation: "whole",
  selfCheck: true,
  lr: null,
  schedule: "constant",
  lrFactor: 0.1,
  warmup: 0,
  momentum: null,
  weightDecay: 0,
  biasDecay: null,
  clipNorm: null,
  clipValue: null,
  labelSmoothing: 0,
  mixup: null,
  epochs: null,
  steps: null,
  patience: null,
  batch: null,
  dropLast: false,
  shuffle: true,
  seed: 1,
  device: "auto",
  threads: null,
  out: null,
  logEvery: null,
  checkpointEvery: null,
  keepCheckpoints: 1,
  log: [],
  perClass: false,
  telemetry: null,
  live: false,
  livePort: null,
  quiet: false,
  json: false,
};

/** What a schedule's name begins with; numbers follow some of them after a colon. */
export const scheduleNames: readonly string[] = [
  "constant",
  "cosine",
  "linear",
  "step",
  "multistep",
  "multistep-steps",
  "plateau",
];

const text = z.string().min(1);
/** Steps, samples and labels are counted in i32 on the device. */
const MOST = 2 ** 31 - 1;
const positive = z.int().positive().max(MOST);
const count = z.int().nonnegative().max(MOST);

const armName = z.enum(armNames);

function perArm(value: z.ZodNumber): z.ZodType<PerArm> {
  return z.union([value, z.partialRecord(armName, value)]);
}

/** What each setting may be; the rules in words stand in `settings`. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  model: text.nullable(),
  bias: z.boolean(),
  init: z.enum(["default", "he"]),
  shortcut: z.enum(["A", "B"]).nullable(),
  weights: text.nullable(),
  weightsPartial: z.boolean(),
  weightsPrefix: text.nullable(),
  dataset: text.nullable(),
  testDataset: text.nullable(),
  layout: z.enum(["nchw", "nhwc"]).nullable(),
  dataDir: text.nullable(),
  cacheDir: text.nullable(),
  allowUnverified: z.boolean(),
  labels: z.enum(["fine", "coarse"]).nullable(),
  augment: z.boolean().nullable(),
  normalize: z.enum(["standard", "unit"]),
  classes: positive.nullable(),
  limit: positive.nullable(),
  testLimit: positive.nullable(),
  validation: z.number().positive().max(MOST).refine((x) => x < 1 || Number.isInteger(x))
    .nullable(),
  optimizer: z.array(armName).min(1)
    .refine((names) => new Set(names).size === names.length),
  inner: z.enum(rules),
  skeletonInit: z.enum(["one", "keep", "gauge"]),
  skeletonSigns: z.enum(["one", "random"]),
  rescale: z.union([z.number().gt(1).max(2 ** 20), z.string().regex(/^2\^([1-9]|1\d|20)$/)])
    .nullable(),
  bpr: z.number().nonnegative(),
  ratioClamp: z.tuple([z.number().positive(), z.number().positive()])
    .refine(([low, high]) => low < high).nullable(),
  bn: z.enum(["paper", "none", "affine"]),
  residual: z.enum(["cut", "tied"]),
  segmentation: z.enum(["whole", "stages"]),
  selfCheck: z.boolean(),
  lr: perArm(z.number().nonnegative()).nullable(),
  schedule: z.string().regex(
    /^(constant|cosine|linear|(step|plateau):[1-9]\d*|multistep(-steps)?:\d+(,\d+)*)$/,
  ),
  lrFactor: z.number().positive(),
  warmup: count,
  momentum: perArm(z.number().min(0).lt(1)).nullable(),
  weightDecay: perArm(z.number().nonnegative()),
  biasDecay: z.number().nonnegative().nullable(),
  clipNorm: z.number().positive().nullable(),
  clipValue: z.number().positive().nullable(),
  labelSmoothing: z.number().min(0).lt(1),
  mixup: z.number().positive().nullable(),
  epochs: positive.nullable(),
  steps: positive.nullable(),
  patience: positive.nullable(),
  batch: positive.nullable(),
  dropLast: z.boolean(),
  shuffle: z.boolean(),
  seed: z.int().nonnegative().max(2 ** 32 - 1),
  device: z.enum(["auto", "gpu", "cpu"]),
  threads: positive.max(MOST_WORKERS).nullable(),
  out: text.nullable(),
  logEvery: positive.nullable(),
  checkpointEvery: positive.nullable(),
  keepCheckpoints: positive,
  log: z.array(z.enum(["csv", "tensorboard"])),
  perClass: z.boolean(),
  telemetry: z.boolean().nullable(),
  live: z.boolean(),
  livePort: z.int().min(1).max(65535).nullable(),
  quiet: z.boolean(),
  json: z.boolean(),
});
