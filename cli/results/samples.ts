import { z } from "zod";
import type { Dataset, Split } from "../../datasets/mod.ts";
import { writeJson } from "../files.ts";
import type { ArmRun } from "../training/arm_run.ts";
import type { Job } from "../training/job.ts";
import type { RunFolder } from "./run_folder.ts";
import { hasImages, samplePictureOf } from "./sample_image.ts";

const sampleSchema = z.object({
  /** Path of the file, if known, or the number of the sample. */
  name: z.string(),
  label: z.string(),
  predicted: z.string().exactOptional(),
  /** A PNG file, in base64. */
  png: z.string().regex(/^[\w+/=]*$/),
});

/** The schema of `samples.json`: images of the data, for the report. */
export const samplesSchema = z.object({
  /** The first training images of each class. */
  first: z.array(sampleSchema),
  /** The split of the mistakes. */
  split: z.enum(["test", "validation"]),
  /** Number of samples of the split. Runs of earlier versions do not have it. */
  count: z.number().exactOptional(),
  /** Number of samples of the split that were classified wrongly; `null` if there is no split. */
  wrong: z.number().nullable(),
  /** Some of these, from all classes. */
  mistakes: z.array(sampleSchema),
});

/** Images of a run's data. */
export type Samples = z.infer<typeof samplesSchema>;
type Sample = z.infer<typeof sampleSchema>;

/** Number of classes, of images of each, and of mistakes that are shown. */
const [MOST_CLASSES, PER_CLASS, MOST_MISTAKES] = [20, 8, 40];

/** Predictions on the split whose mistakes are shown, by optimizer. */
export type Predictions = ReadonlyMap<string, Int32Array>;

/** The predictions of all optimizers; none if the data are not images. */
export async function predictionsIn(runs: readonly ArmRun[], job: Job): Promise<Predictions> {
  const found = new Map<string, Int32Array>();
  if (!hasImages(job.dataset)) return found;
  for (const run of runs) {
    const score = await run.scores.on(shownSplit(job.dataset).name, run.step);
    if (score) found.set(run.arm.name, score.predictions);
  }
  return found;
}

/** Writes `samples.json` for each optimizer, if the data are images. */
export async function writeSamples(
  predictions: Predictions,
  { dataset, arms }: Pick<Job, "dataset" | "arms">,
  folder: RunFolder,
): Promise<void> {
  if (!hasImages(dataset)) return;
  const { train: { y } } = dataset;
  const { name, split } = shownSplit(dataset);
  const sampleAt = sampleReader(dataset);
  const firsts = inTurns([...y.keys()].filter((sample) => y[sample]! < MOST_CLASSES), y);
  const first = await Promise.all(
    byClass(firsts.filter(({ turn }) => turn < PER_CLASS)).map((at) => sampleAt(dataset.train, at)),
  );
  for (const { name: arm } of arms) {
    const predicted = predictions.get(arm);
    const wrong = [...split.y.keys()].filter((sample) =>
      predicted !== undefined && predicted[sample] !== split.y[sample]
    );
    const mistakes = await Promise.all(
      byClass(inTurns(wrong, split.y).slice(0, MOST_MISTAKES)).map((at) =>
        sampleAt(split, at, predicted)
      ),
    );
    const counts = { count: split.count, wrong: predicted === undefined ? null : wrong.length };
    const samples: Samples = { first, split: name, ...counts, mistakes };
    await writeJson(folder.armFile(arm, "samples.json"), samples);
  }
}

/** The split whose mistakes are shown: the validation split only if there is no test split. */
function shownSplit(dataset: Job["dataset"]): { readonly name: Samples["split"]; split: Split } {
  const { test } = dataset;
  return test.count > 0 || !("validation" in dataset)
    ? { name: "test", split: test }
    : { name: "validation", split: dataset.validation };
}

/** A sample of a split, and how many of its class come before it. */
interface Place {
  readonly sample: number;
  readonly label: number;
  readonly turn: number;
}

/** Orders samples so that the first of all classes come first, then the second of all. */
function inTurns(samples: readonly number[], y: Int32Array): readonly Place[] {
  const counts = new Map<number, number>();
  const places = samples.map((sample) => {
    const label = y[sample]!;
    const turn = counts.get(label) ?? 0;
    counts.set(label, turn + 1);
    return { sample, label, turn };
  });
  return places.toSorted((a, b) => a.turn - b.turn || a.label - b.label);
}

function byClass(places: readonly Place[]): readonly Place[] {
  return places.toSorted((a, b) => a.label - b.label || a.turn - b.turn);
}

/** Reads samples with the names of their classes. */
function sampleReader(dataset: Dataset) {
  const picture = samplePictureOf(dataset);
  const nameOf = (label: number) => dataset.classNames[label] ?? String(label);
  return async (
    split: Split,
    { sample, label }: Place,
    predicted?: Int32Array,
  ): Promise<Sample> => ({
    name: split.names?.[sample] ?? `sample ${sample}`,
    label: nameOf(label),
    ...(predicted && { predicted: nameOf(predicted[sample]!) }),
    png: await picture(split, sample),
  });
}
