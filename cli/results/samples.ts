import type { Split } from "../../datasets/mod.ts";
import type { Sample, Samples } from "../../metrics/samples.ts";
import { writeJson } from "../files.ts";
import { warn } from "../output.ts";
import type { ArmRun } from "../training/arm_run.ts";
import type { Job } from "../training/job.ts";
import type { RunFolder } from "./run_folder.ts";
import { hasImages, type SamplePicture, samplePictureOf } from "./sample_image.ts";

/** Number of classes, of images of each, and of mistakes that are shown. */
const [MOST_CLASSES, PER_CLASS, MOST_MISTAKES] = [20, 8, 40];

/** Time between writes during training, which take as long as some steps. */
const EVERY_MS = 5000;

/** What an optimizer predicts on the split whose mistakes are shown. */
interface Predicted {
  readonly predictions: Int32Array;
  /** Number of epochs of training before. */
  readonly epoch: number;
}

/**
 * Writes `samples.json`, if the data are images: the first of each class, and mistakes. It is written
 * at the end, and now and then during training, so that the live page shows how mistakes change.
 */
export class SamplesWriter {
  readonly #dataset: Job["dataset"];
  readonly #folder: RunFolder;
  readonly #predicted = new Map<string, Predicted>();
  #picture: SamplePicture | undefined;
  /** The first training images, which do not change. */
  #first: Sample[] | undefined;
  /** Images of the last mistakes, by sample: most of them are in the next file, too. */
  #pictures: ReadonlyMap<number, string> = new Map();
  #writtenAt = performance.now();

  /** Writes nothing yet. */
  constructor(dataset: Job["dataset"], folder: RunFolder) {
    this.#dataset = dataset;
    this.#folder = folder;
  }

  /** Takes what an optimizer predicts, instead of what it predicted before. */
  set(arm: string, predicted: Predicted): void {
    this.#predicted.set(arm, predicted);
  }

  /** Takes the current predictions of a run, which are measured unless they have been. */
  async measure({ arm, scores, step }: ArmRun, { stepsPerEpoch }: Job): Promise<void> {
    if (!hasImages(this.#dataset)) return;
    const score = await scores.on(shownSplit(this.#dataset).name, step);
    if (score) this.set(arm.name, { predictions: score.predictions, epoch: step / stepsPerEpoch });
  }

  /** Writes the file if the last time was long ago. A failure is only a warning. */
  async writeIfDue(): Promise<void> {
    if (performance.now() - this.#writtenAt < EVERY_MS) return;
    try {
      await this.write();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      warn(`the misclassified images could not be written: ${error.message}`);
    }
    this.#writtenAt = performance.now();
  }

  /** Writes the file. */
  async write(): Promise<void> {
    const dataset = this.#dataset;
    if (!hasImages(dataset)) return;
    this.#first ??= await this.#firstOfClasses();
    const { name, split } = shownSplit(dataset);
    const pictures = new Map<number, string>();
    const arms: Samples["arms"] = {};
    for (const [arm, { predictions, epoch }] of this.#predicted) {
      const wrong = [...split.y.keys()].filter((sample) => predictions[sample] !== split.y[sample]);
      const mistakes: Sample[] = [];
      for (const { sample, label } of byClass(inTurns(wrong, split.y).slice(0, MOST_MISTAKES))) {
        const png = this.#pictures.get(sample) ?? await this.#pictureOf(split, sample);
        pictures.set(sample, png);
        const predicted = this.#nameOf(predictions[sample]!);
        mistakes.push({ name: nameIn(split, sample), label: this.#nameOf(label), predicted, png });
      }
      arms[arm] = { epoch, wrong: wrong.length, mistakes };
    }
    this.#pictures = pictures;
    const samples: Samples = { first: this.#first, split: name, count: split.count, arms };
    await writeJson(this.#folder.file("samples.json"), samples);
  }

  /** The first training images of each class. */
  async #firstOfClasses(): Promise<Sample[]> {
    const { train } = this.#dataset;
    const few = [...train.y.keys()].filter((sample) => train.y[sample]! < MOST_CLASSES);
    const places = inTurns(few, train.y).filter(({ turn }) => turn < PER_CLASS);
    const samples: Sample[] = [];
    for (const { sample, label } of byClass(places)) {
      const png = await this.#pictureOf(train, sample);
      samples.push({ name: nameIn(train, sample), label: this.#nameOf(label), png });
    }
    return samples;
  }

  async #pictureOf(split: Split, sample: number): Promise<string> {
    this.#picture ??= samplePictureOf(this.#dataset);
    return await this.#picture(split, sample);
  }

  #nameOf(label: number): string {
    return this.#dataset.classNames[label] ?? String(label);
  }
}

function nameIn({ names }: Split, sample: number): string {
  return names?.[sample] ?? `sample ${sample}`;
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
