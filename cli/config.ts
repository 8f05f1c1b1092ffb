import { z } from "zod";

/** The optimizers that can be compared; `sgd-skeleton` is SGD from the first values of `gsgd`. */
export const armNames = [
  "sgd",
  "sgd-skeleton",
  "gsgd",
  "momentum",
  "nesterov",
  "adam",
  "adamw",
] as const;

/** One of the optimizers that can be compared. */
export type ArmName = typeof armNames[number];

/** Everything that decides a run. `null` means: not told, see the help for what is taken. */
export interface Config {
  readonly model: string | null;
  readonly bias: boolean;
  readonly init: "default" | "he";
  readonly weights: string | null;
  readonly dataset: string;
  readonly testDataset: string | null;
  readonly dataDir: string | null;
  readonly classes: number | null;
  readonly limit: number | null;
  readonly optimizer: readonly ArmName[];
  readonly inner: "sgd" | "momentum" | "nesterov" | "adam";
  readonly skeletonInit: "one" | "keep" | "gauge";
  readonly ratioClamp: readonly number[] | null;
  readonly lr: number | null;
  readonly schedule: string;
  readonly lrFactor: number;
  readonly warmup: number;
  readonly momentum: number | null;
  readonly weightDecay: number;
  readonly clipNorm: number | null;
  readonly epochs: number;
  readonly steps: number | null;
  readonly batch: number;
  readonly dropLast: boolean;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly device: "auto" | "gpu" | "cpu";
  readonly threads: number | null;
  readonly out: string | null;
  readonly logEvery: number | null;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** What a run is if nothing is told: section 5.2 of the paper [spec §5.2], a few epochs. */
export const defaults: Config = {
  model: null,
  bias: false,
  init: "default",
  weights: null,
  dataset: "fashion-mnist-7x7",
  testDataset: null,
  dataDir: null,
  classes: null,
  limit: null,
  optimizer: ["sgd", "sgd-skeleton", "gsgd"],
  inner: "sgd",
  skeletonInit: "one",
  ratioClamp: null,
  lr: null,
  schedule: "constant",
  lrFactor: 0.1,
  warmup: 0,
  momentum: null,
  weightDecay: 0,
  clipNorm: null,
  epochs: 10,
  steps: null,
  batch: 64,
  dropLast: false,
  shuffle: true,
  seed: 1,
  device: "auto",
  threads: null,
  out: null,
  logEvery: null,
  quiet: false,
  json: false,
};

const text = z.string().min(1);
const positive = z.int().positive();
const count = z.int().nonnegative();

/** What each setting may be; the rules in words stand in `settings`. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  model: text.nullable(),
  bias: z.boolean(),
  init: z.enum(["default", "he"]),
  weights: text.nullable(),
  dataset: text,
  testDataset: text.nullable(),
  dataDir: text.nullable(),
  classes: positive.nullable(),
  limit: positive.nullable(),
  optimizer: z.array(z.enum(armNames)).min(1)
    .refine((names) => new Set(names).size === names.length),
  inner: z.enum(["sgd", "momentum", "nesterov", "adam"]),
  skeletonInit: z.enum(["one", "keep", "gauge"]),
  ratioClamp: z.tuple([z.number().positive(), z.number().positive()])
    .refine(([low, high]) => low < high).nullable(),
  lr: z.number().nonnegative().nullable(),
  schedule: z.string().regex(/^(constant|cosine|linear|step:[1-9]\d*|multistep:\d+(,\d+)*)$/),
  lrFactor: z.number().positive(),
  warmup: count,
  momentum: z.number().min(0).lt(1).nullable(),
  weightDecay: z.number().nonnegative(),
  clipNorm: z.number().positive().nullable(),
  epochs: positive,
  steps: positive.nullable(),
  batch: positive,
  dropLast: z.boolean(),
  shuffle: z.boolean(),
  seed: count,
  device: z.enum(["auto", "gpu", "cpu"]),
  threads: positive.nullable(),
  out: text.nullable(),
  logEvery: positive.nullable(),
  quiet: z.boolean(),
  json: z.boolean(),
});
