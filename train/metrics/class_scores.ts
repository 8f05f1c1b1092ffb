import { checkOption, oneOf } from "../../graph/mod.ts";

/**
 * How the scores of classes become one: "macro" is their mean over the classes that occur, in
 * labels or predictions; "weighted" weighs them by the number of samples; "micro" counts all
 * classes together, which gives the accuracy. "none" keeps them apart.
 */
export type ScoreAverage = "macro" | "micro" | "weighted" | "none";

/** Correct predictions of a class, all predictions of it, and all of its samples. */
interface ClassCounts {
  readonly hits: number;
  readonly predicted: number;
  readonly samples: number;
}

type Score = (counts: ClassCounts) => number;

const share = (part: number, whole: number) => whole === 0 ? 0 : part / whole;

/**
 * Scores of a classifier, from its confusion matrix, as scikit-learn and torchmetrics define them.
 * A share of nothing is 0. All are NaN if a label or a prediction was no class.
 */
export class ClassScores {
  /** `counts[label][prediction]`: number of samples of a class predicted as each class. */
  readonly counts: readonly (readonly number[])[];
  /** Number of samples whose label or prediction was no class, and not the ignored label −1. */
  readonly invalid: number;

  /** The scores of a square matrix of counts. */
  constructor(counts: readonly (readonly number[])[], invalid: number) {
    this.counts = counts;
    this.invalid = invalid;
  }

  /** Share of the samples that are predicted as their class; NaN without samples. */
  accuracy(): number {
    const { hits, samples } = this.#all();
    return this.invalid > 0 || samples === 0 ? NaN : hits / samples;
  }

  /** Share of the predictions of a class that are right. Default average: "macro". */
  precision(average?: Exclude<ScoreAverage, "none">): number;
  /** Share of the predictions of each class that are right. */
  precision(average: "none"): number[];
  precision(average: ScoreAverage = "macro"): number | number[] {
    return this.#average(average, ({ hits, predicted }) => share(hits, predicted));
  }

  /** Share of the samples of a class that are found. Default average: "macro". */
  recall(average?: Exclude<ScoreAverage, "none">): number;
  /** Share of the samples of each class that are found. */
  recall(average: "none"): number[];
  recall(average: ScoreAverage = "macro"): number | number[] {
    return this.#average(average, ({ hits, samples }) => share(hits, samples));
  }

  /** Harmonic mean of precision and recall. Default average: "macro". */
  f1(average?: Exclude<ScoreAverage, "none">): number;
  /** Harmonic mean of precision and recall of each class. */
  f1(average: "none"): number[];
  f1(average: ScoreAverage = "macro"): number | number[] {
    return this.#average(
      average,
      ({ hits, predicted, samples }) => share(2 * hits, predicted + samples),
    );
  }

  #average(average: ScoreAverage, score: Score): number | number[] {
    checkOption(
      "average scores",
      { average },
      oneOf(["macro", "micro", "weighted", "none"]),
    );
    const classes = this.#classes();
    const scores = classes.map((counts) => this.invalid > 0 ? NaN : score(counts));
    if (average === "none") return scores;
    if (average === "micro") return this.invalid > 0 ? NaN : score(this.#all());
    const weights = classes.map(({ predicted, samples }) =>
      average === "weighted" ? samples : Number(predicted + samples > 0)
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return scores.reduce((sum, value, i) => sum + value * weights[i]!, 0) / total;
  }

  #classes(): readonly ClassCounts[] {
    return this.counts.map((row, i) => ({
      hits: row[i]!,
      predicted: this.counts.reduce((sum, other) => sum + other[i]!, 0),
      samples: row.reduce((sum, count) => sum + count, 0),
    }));
  }

  #all(): ClassCounts {
    return this.#classes().reduce(
      (sum, { hits, predicted, samples }) => ({
        hits: sum.hits + hits,
        predicted: sum.predicted + predicted,
        samples: sum.samples + samples,
      }),
      { hits: 0, predicted: 0, samples: 0 },
    );
  }
}
