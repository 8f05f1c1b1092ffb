import { z } from "zod";
import type { Dataset } from "../../datasets/mod.ts";
import { orDash, percent, styledTable } from "../format.ts";
import type { Styled } from "../styled.ts";

/** The schema of `confusion.json`. */
export const confusionSchema = z.object({
  /** Names of the classes; their numbers if they have none. */
  classes: z.array(z.string()),
  /** `counts[label][prediction]`: number of samples of a class predicted as each class. */
  counts: z.array(z.array(z.number().nonnegative())),
  /** Share of each class's samples predicted as another class; `null` without samples. */
  perClassError: z.array(z.number().nullable()),
}).refine(({ classes: { length }, counts, perClassError }) =>
  counts.length === length && perClassError.length === length &&
  counts.every((row) => row.length === length)
);

/** The confusion matrix of a model. */
export type Confusion = z.infer<typeof confusionSchema>;

/** Maximum number of classes for which the matrix is kept. */
export const MOST_CLASSES = 1000;

/** Counts predictions by label; both hold one class for each sample. */
export function confusionOf(
  { classes, classNames }: Pick<Dataset, "classes" | "classNames">,
  labels: Int32Array,
  predictions: Int32Array,
): Confusion {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, sample) => counts[label]![predictions[sample]!]! += 1);
  return {
    classes: counts.map((_, i) => classNames[i] ?? String(i)),
    counts,
    perClassError: counts.map((row, i) => {
      const samples = samplesIn(row);
      return samples === 0 ? null : 1 - row[i]! / samples;
    }),
  };
}

/** Number of samples of a class, from its row of the matrix. */
export function samplesIn(row: readonly number[]): number {
  return row.reduce((sum, count) => sum + count, 0);
}

/** The test error of each class, with a column for each optimizer; there must be one. */
export function perClassTable(confusions: ReadonlyMap<string, Confusion>): Styled {
  const all = [...confusions.values()];
  const { classes, counts } = all[0]!;
  const rows = classes.map((name, i) => [
    name,
    String(samplesIn(counts[i]!)),
    ...all.map(({ perClassError }) => orDash(perClassError[i], percent)),
  ]);
  return styledTable(["test error by class", "samples", ...confusions.keys()], rows, 1);
}
