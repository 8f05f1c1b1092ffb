import { z } from "zod";
import type { Dataset, Split } from "../../datasets/mod.ts";
import { encodePng, type PixelImage } from "../../formats/mod.ts";
import { isOwnData } from "../data/own_data.ts";
import { writeJson } from "../files.ts";
import type { ArmRun } from "../training/arm_run.ts";
import type { Job } from "../training/job.ts";
import type { RunFolder } from "./run_folder.ts";

const sampleSchema = z.object({
  /** Path of the file, if known, or the number of the sample. */
  name: z.string(),
  label: z.string(),
  predicted: z.string().exactOptional(),
  /** A PNG file, in base64. */
  png: z.string().regex(/^[\w+/=]*$/),
});

/** The schema of `samples.json`: images of your own data, for the report. */
export const samplesSchema = z.object({
  /** The first training images of each class. */
  first: z.array(sampleSchema),
  /** The split of the mistakes. */
  split: z.enum(["test", "validation"]),
  /** Number of samples of the split that were classified wrongly; `null` if there is no split. */
  wrong: z.number().nullable(),
  /** The first of these. */
  mistakes: z.array(sampleSchema),
});

/** Images of a run's data. */
export type Samples = z.infer<typeof samplesSchema>;
type Sample = z.infer<typeof sampleSchema>;

/** Number of classes, of images of each, and of mistakes that are shown. */
const [MOST_CLASSES, PER_CLASS, MOST_MISTAKES] = [20, 8, 40];

/** Largest width and height of an image that is kept. */
const LARGEST = 128;

/** Predictions on the split whose mistakes are shown, by optimizer. */
export type Predictions = ReadonlyMap<string, Int32Array>;

/** The predictions of all optimizers; none if the data are not images of your own. */
export async function predictionsIn(runs: readonly ArmRun[], job: Job): Promise<Predictions> {
  const found = new Map<string, Int32Array>();
  if (!showsSamples(job)) return found;
  for (const run of runs) {
    const score = await run.scores.on(splitOf(job.dataset), run.step);
    if (score) found.set(run.arm.name, score.predictions);
  }
  return found;
}

/** Writes `samples.json` for each optimizer. */
export async function writeSamples(
  predictions: Predictions,
  job: Job,
  folder: RunFolder,
): Promise<void> {
  if (!showsSamples(job)) return;
  const { dataset } = job;
  const first: Sample[] = [];
  const shown = new Map<number, number>();
  for (const [sample, label] of dataset.train.y.entries()) {
    const count = shown.get(label) ?? 0;
    if (label >= MOST_CLASSES || count === PER_CLASS) continue;
    shown.set(label, count + 1);
    first.push(await sampleAt(dataset, dataset.train, sample));
  }
  first.sort((a, b) => classIndex(dataset, a) - classIndex(dataset, b));
  const name = splitOf(dataset);
  const split = name === "validation" && "validation" in dataset
    ? dataset.validation
    : dataset.test;
  for (const { name: arm } of job.arms) {
    const predicted = predictions.get(arm);
    const wrong = [...split.y.keys()].filter((sample) =>
      predicted !== undefined && predicted[sample] !== split.y[sample]
    );
    const mistakes: Sample[] = [];
    for (const sample of wrong.slice(0, MOST_MISTAKES)) {
      const shown = await sampleAt(dataset, split, sample);
      mistakes.push({ ...shown, predicted: nameOf(dataset, predicted![sample]!) });
    }
    const count = predicted === undefined ? null : wrong.length;
    const samples: Samples = { first, split: name, wrong: count, mistakes };
    await writeJson(folder.armFile(arm, "samples.json"), samples);
  }
}

function showsSamples({ config, dataset }: Job): boolean {
  const [channels = 0, height = 0, width = 0] = dataset.sampleShape;
  return isOwnData(config.dataset) && dataset.train.x instanceof Uint8Array &&
    dataset.sampleShape.length === 3 && [1, 3].includes(channels) &&
    Math.max(height, width) <= LARGEST;
}

function splitOf({ test }: Dataset): "test" | "validation" {
  return test.count > 0 ? "test" : "validation";
}

function nameOf({ classNames }: Dataset, label: number): string {
  return classNames[label] ?? String(label);
}

function classIndex({ classNames }: Dataset, { label }: Sample): number {
  return classNames.length > 0 ? classNames.indexOf(label) : Number(label);
}

async function sampleAt(dataset: Dataset, { x, y, names }: Split, sample: number): Promise<Sample> {
  const [channels = 1, height = 1, width = 1] = dataset.sampleShape;
  const area = height * width;
  const planes = x.subarray(sample * channels * area, (sample + 1) * channels * area);
  const image: PixelImage = {
    ...{ width, height, channels: channels === 1 ? 1 : 3 },
    data: Uint8Array.from(
      planes,
      (_, i) => planes[i % channels * area + Math.floor(i / channels)]!,
    ),
  };
  const png = btoa(String.fromCharCode(...await encodePng(image)));
  return { name: names?.[sample] ?? `sample ${sample}`, label: nameOf(dataset, y[sample]!), png };
}
