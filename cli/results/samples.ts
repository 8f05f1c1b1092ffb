import type { Dataset, Split } from "../../datasets/mod.ts";
import type { Sample, Samples } from "../../metrics/samples.ts";
import { writeJson } from "../files.ts";
import type { ArmRun } from "../training/arm_run.ts";
import type { Job } from "../training/job.ts";
import type { RunFolder } from "./run_folder.ts";
import { hasImages, samplePictureOf } from "./sample_image.ts";

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

/** Writes `samples.json`, if the data are images. */
export async function writeSamples(
  predictions: Predictions,
  dataset: Job["dataset"],
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
  const arms: Samples["arms"] = {};
  for (const [arm, predicted] of predictions) {
    const wrong = [...split.y.keys()].filter((sample) => predicted[sample] !== split.y[sample]);
    const shown = byClass(inTurns(wrong, split.y).slice(0, MOST_MISTAKES));
    const mistakes = await Promise.all(shown.map((at) => sampleAt(split, at, predicted)));
    arms[arm] = { wrong: wrong.length, mistakes };
  }
  const samples: Samples = { first, split: name, count: split.count, arms };
  await writeJson(folder.file("samples.json"), samples);
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
